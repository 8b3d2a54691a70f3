"""The user's own recordings of several people, split as a file tells."""

import collections
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras.datasets.split import PARTS
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.recordings.text_files import read_json

SPLITS_FILE = "splits.json"
_LAYOUT = '{"train": [...], "validation": [...], "test": [...]}'


def own_sequences(folder: Path) -> tuple[list[Path], dict[str, list[str]]]:
    """Recordings in a folder, and which subjects are in which part.

    Args:
        folder: Folder with a recording per folder, beside `splits.json`; hidden folders
            are passed over.

    Returns:
        The folders of the recordings, by name, and a dict from part to subjects.

    Raises:
        DatasetError: If the file is malformed, names other parts, or a subject twice.
    """
    path = folder / SPLITS_FILE
    subjects = read_json(path, DatasetError)
    if set(subjects) - set(PARTS) or not (
        subjects.get("train") and subjects.get("test")
    ):
        raise DatasetError(
            f"{path}: must name subjects for the parts train and test, maybe for "
            f"validation, and nothing else: {_LAYOUT}. Received: {sorted(subjects)}"
        )
    for part, names in subjects.items():
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise DatasetError(
                f"{path}: field {part!r} must be a list of names: {_LAYOUT}. "
                f"Received: {str(names)[:80]}"
            )
    counts = collections.Counter(name for names in subjects.values() for name in names)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise DatasetError(
            f"{path}: names the subjects {twice} twice; each belongs to one part, for "
            "nobody is measured who was trained on."
        )
    visible = (path for path in folder.iterdir() if not path.name.startswith("."))
    return sorted(path for path in visible if path.is_dir()), subjects


def check_subjects(
    folder: Path, subjects: dict[str, list[str]], reports: Sequence[dict[str, Any]]
) -> None:
    """Compares the names of `splits.json` with those of the prepared instants.

    Args:
        folder: See `own_sequences`.
        subjects: What `own_sequences` returned.
        reports: What `prepare_recording` returned for each recording.

    Raises:
        DatasetError: If a subject that is named has no instant. Those that are not
            named are told by a warning.
    """
    path = folder / SPLITS_FILE
    found = collections.Counter()
    for report in reports:
        found.update(report["subjects"])
    named = {name for names in subjects.values() for name in names}
    absent = sorted(named - found.keys())
    if absent:
        raise DatasetError(
            f"{path}: names the subjects {absent}, of whom no recording has a labelled "
            f"hand; correct the names. Received: recordings of {sorted(found)}"
        )
    others = {name: n for name, n in found.items() if name and name not in named}
    if others:
        warnings.warn(
            f"{path}: names no part for {', '.join(sorted(others))}, whose "
            f"{sum(others.values())} instants are left out",
            stacklevel=2,
        )
