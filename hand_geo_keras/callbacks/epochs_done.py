"""How far a resumable training has come."""

from pathlib import Path

from hand_geo_keras.datasets.instant_folder import read_json

BACKUP = "backup"


def epochs_done(folder):
    """Epochs that earlier calls of `fit` have completed in a folder.

    Args:
        folder: Folder given to `resumable_callbacks`.

    Returns:
        int, 0 if there is no backup.
    """
    metadata = read_json(Path(folder) / BACKUP / "training_metadata.json")
    return int(metadata.get("epoch", 0))
