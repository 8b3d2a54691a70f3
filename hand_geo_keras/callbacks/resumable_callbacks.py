"""What makes a `fit` resumable, and stops it where its numbers are no numbers."""

from pathlib import Path
from typing import Any

from hand_geo_keras.callbacks.stop_on_non_finite import StopOnNonFinite
from hand_geo_keras.callbacks.training_backup import BEST, LOG, TrainingBackup

__all__ = ["BEST", "LOG", "resumable_callbacks"]


def resumable_callbacks(
    folder: str | Path, monitor: str | None = None, mode: str = "min", also: Any = None
) -> list[StopOnNonFinite]:
    """Callbacks with which a `fit` that was stopped resumes as if undisturbed.

    The data must resume, too: give `fit` an endless stream that begins with batch
    number `batches_done(folder)`. A training that is finished is not trained again;
    delete the folder's `backup` for that.

    Args:
        folder: Folder of the backup, of `log.csv` and of `best.weights.h5`; made if
            missing.
        monitor: Name of the logged value whose best epoch is to be kept as
            `best.weights.h5`, also across stops; no weights are kept if None.
        mode: `"min"` or `"max"`, what is best.
        also: object whose `variables` are backed up too, see `TrainingBackup`.

    Returns:
        List of `StopOnNonFinite` and `TrainingBackup`.

    Example:
        ```python
        model.fit(
            quad_dataset(instants, 8, first_batch=batches_done("runs/views")),
            steps_per_epoch=100,
            epochs=10,
            callbacks=resumable_callbacks("runs/views"),
        )
        ```
    """
    return [StopOnNonFinite(), TrainingBackup(folder, monitor, mode, also)]
