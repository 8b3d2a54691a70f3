"""`fit` that survives being stopped: backs up every epoch, keeps the best weights."""

from pathlib import Path

from tqdm.keras import TqdmCallback

from hand_geo_keras.callbacks import epochs_done, read_log, resumable_callbacks
from hand_geo_keras.callbacks.resumable_callbacks import BEST, LOG


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
    epochs = -(-steps // steps_per_epoch)
    steps_per_epoch = -(-steps // epochs)
    model.fit(
        batches_from(epochs_done(folder) * steps_per_epoch),
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        validation_data=validation,
        callbacks=[
            *resumable_callbacks(folder, monitor, mode),
            TqdmCallback(epochs=epochs, verbose=0, desc=description),
            *callbacks,
        ],
        shuffle=False,
        verbose=0,
    )
    if monitor and (folder / BEST).exists():
        model.load_weights(folder / BEST)
    return read_log(folder / LOG)
