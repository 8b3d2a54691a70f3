"""What makes a `fit` resumable: a backup of every epoch, a log, the best weights."""

from pathlib import Path

import keras
import numpy as np

from hand_geo_keras.callbacks.epochs_done import BACKUP, epochs_done
from hand_geo_keras.callbacks.read_log import read_log

LOG, BEST = "log.csv", "best.weights.h5"


def resumable_callbacks(folder, monitor=None, mode="min"):
    """Callbacks with which a `fit` that was stopped goes on where it was.

    Call it just before `fit`, each time: rows that an interrupted epoch left in the
    log are dropped here. A training that is finished is not trained again; delete the
    folder's `backup` for that.

    Args:
        folder: Folder of the backup, of `log.csv` and of `best.weights.h5`; made if
            missing.
        monitor: Name of the logged value whose best epoch is to be kept as
            `best.weights.h5`, also across stops; no weights are kept if None.
        mode: `"min"` or `"max"`, what is best.

    Returns:
        List of `BackupAndRestore`, `CSVLogger` and, with `monitor`,
        `ModelCheckpoint`.

    Example:
        ```python
        first_batch = 100 * epochs_done("runs/views")
        model.fit(
            quad_dataset(instants, 8, first_batch=first_batch),
            steps_per_epoch=100,
            epochs=10,
            callbacks=resumable_callbacks("runs/views"),
        )
        ```
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / LOG
    _keep_first_rows(log, epochs_done(folder))
    callbacks = [
        # Once the finished model is saved, the backup may be deleted.
        keras.callbacks.BackupAndRestore(
            str(folder / BACKUP), double_checkpoint=True, delete_checkpoint=False
        ),
        keras.callbacks.CSVLogger(log, append=True),
    ]
    if monitor:
        callbacks.append(_best_weights(folder / BEST, log, monitor, mode))
    return callbacks


def _best_weights(path, log, monitor, mode):
    """`ModelCheckpoint` that knows what earlier calls have reached."""
    reached = [v for v in read_log(log).get(monitor, []) if np.isfinite(v)]
    pick = {"min": min, "max": max}[mode]
    return keras.callbacks.ModelCheckpoint(
        path,
        monitor=monitor,
        mode=mode,
        save_best_only=True,
        save_weights_only=True,
        initial_value_threshold=pick(reached) if reached else None,
    )


def _keep_first_rows(log, epochs):
    """Drops rows of epochs that ended after the last backup: they come again."""
    if not log.exists():
        return
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[: epochs + 1])) if epochs else log.unlink()
