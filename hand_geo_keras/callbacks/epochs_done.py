"""How far a resumable training has come."""

from pathlib import Path

from hand_geo_keras.callbacks.backup_files import newest_state


def epochs_done(folder: str | Path) -> int:
    """Epochs that earlier calls of `fit` have completed in a folder.

    Args:
        folder: Folder given to `resumable_callbacks`.

    Returns:
        int, 0 if there is no backup.
    """
    return (newest_state(Path(folder)) or {"epoch": 0})["epoch"]


def batches_done(folder: str | Path) -> int:
    """Batches that those epochs have seen, hence the number of the next one.

    Args:
        folder: Folder given to `resumable_callbacks`.

    Returns:
        int, 0 if there is no backup.
    """
    return (newest_state(Path(folder)) or {"batches": 0})["batches"]
