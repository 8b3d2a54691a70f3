"""`fit` that survives being stopped: backs up every epoch, keeps the best weights."""

import csv
from pathlib import Path

import keras
import numpy as np
from tqdm.keras import TqdmCallback

from hand_geo_keras.datasets.instant_folder import read_json


def fit_resumable(
    model,
    batches_from,
    folder,
    steps,
    steps_per_epoch=50,
    validation=None,
    monitor=None,
    mode="min",
    description="Training",
    callbacks=(),
):
    """Trains for a number of steps; called again after a stop, it goes on.

    Args:
        model: Built and compiled model.
        batches_from: Callable from the number of the first batch to an endless
            `tf.data.Dataset`, so that a resumed run sees the batches it has missed.
        folder: Folder of the backup, of `log.csv` and of the best weights.
        steps: Number of training steps; all epochs get the same number, so that up
            to one step per epoch is added.
        steps_per_epoch: Most steps between two backups and validations.
        validation: Finite dataset to evaluate after every epoch, or None.
        monitor: Name of the logged value whose best epoch is kept; the last epoch
            is kept if None.
        mode: `"min"` or `"max"`, what is best.
        description: Text of the progress bar.
        callbacks: Further callbacks.

    Returns:
        dict from logged name to the list of its values per epoch, over all runs.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    log, best = folder / "log.csv", folder / "best.weights.h5"
    epochs = -(-steps // steps_per_epoch)
    steps_per_epoch = -(-steps // epochs)
    start = _epochs_done(folder / "backup")
    _keep_first_rows(log, start)
    all_callbacks = [
        # The caller deletes the backup once it has saved the finished model.
        keras.callbacks.BackupAndRestore(
            str(folder / "backup"), double_checkpoint=True, delete_checkpoint=False
        ),
        keras.callbacks.CSVLogger(log, append=True),
        TqdmCallback(epochs=epochs, verbose=0, desc=description),
        *callbacks,
    ]
    if monitor:
        history = read_log(log)
        reached = [value for value in history.get(monitor, []) if np.isfinite(value)]
        pick = {"min": min, "max": max}[mode]
        checkpoint = keras.callbacks.ModelCheckpoint(
            best,
            monitor=monitor,
            mode=mode,
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=pick(reached) if reached else None,
        )
        all_callbacks.append(checkpoint)
    model.fit(
        batches_from(start * steps_per_epoch),
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        validation_data=validation,
        callbacks=all_callbacks,
        shuffle=False,
        verbose=0,
    )
    if monitor and best.exists():
        model.load_weights(best)
    return read_log(log)


def read_log(path):
    """Reads a `CSVLogger` file: dict from name to list of floats per epoch."""
    path = Path(path)
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = rows[0].keys() if rows else ()
    return {name: [_number(row[name]) for row in rows] for name in names}


def _epochs_done(backup):
    """Epochs that `BackupAndRestore` has completed in this folder."""
    return int(read_json(Path(backup) / "training_metadata.json").get("epoch", 0))


def _keep_first_rows(log, epochs):
    """Drops rows of epochs that ended after the last backup: they come again."""
    if not log.exists():
        return
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[: epochs + 1])) if epochs else log.unlink()


def _number(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")
