"""Named values of the one or several files of a calibration."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.text_files import read_opencv_storage

# What both halves of a calibration may hold, alike but for the notes.
_NOTES = {"calibration_time", "nframes", "flags"}
_MAY_REPEAT = _NOTES | {
    *(
        "unit",
        "names",
        "image_width",
        "image_height",
        "image_size",
        "imageSize",
        "size",
    ),
    *("resolution", "width", "height"),
}
# Halves of one calibration; a file of one name is completed by that of the other.
_HALVES = (
    ("intrinsics", "extrinsics"),
    ("intrinsic", "extrinsic"),
    ("intri", "extri"),
    ("intrinsic_parameters", "extrinsic_parameters"),
)
_SUFFIXES = (".yml", ".yaml", ".xml", ".json")


def read_named_values(path: str | Path) -> tuple[Any, ...]:
    """Reads the values of a calibration that may be split over several files.

    Args:
        path: File, or several files that complete each other.

    Returns:
        `(values, where)`: a dict from name to value, and the files for error messages.

    Raises:
        CalibrationError: If a file is unreadable, or two hold the same matrix or
            disagree on what both may hold.
    """
    paths = [Path(path)] if isinstance(path, str | os.PathLike) else [*map(Path, path)]
    where = " + ".join(map(str, paths))
    values = {}
    for file in paths:
        new = read_opencv_storage(file)
        twice = sorted((values.keys() & new.keys()) - _MAY_REPEAT)
        if twice:
            raise CalibrationError(
                f"{where}: the files both hold {twice}; give the intrinsics and the "
                "extrinsics of one set of cameras."
            )
        shared = sorted((values.keys() & new.keys()) - _NOTES)
        if unlike := [n for n in shared if not np.array_equal(values[n], new[n])]:
            received = [f"{values[n]} and {new[n]}"[:80] for n in unlike]
            raise CalibrationError(
                f"{where}: the files disagree on {unlike}; give the intrinsics and the "
                f"extrinsics of the same cameras and images. Received: {received}"
            )
        values.update(new)
    return values, where


def with_other_half(path: Path) -> list[Any]:
    """A file together with its other half, if that lies beside it.

    Args:
        path: `pathlib.Path` such as `intrinsics.yml`.

    Returns:
        list of the file, or of the intrinsics and the extrinsics.
    """
    for first, second in _HALVES:
        for mine, other in ((first, second), (second, first)):
            if path.stem.lower() != mine:
                continue
            for suffix in (path.suffix, *_SUFFIXES):
                candidate = path.with_name(other + suffix)
                if candidate.is_file():
                    return sorted(
                        [path, candidate], key=lambda f: f.stem.lower() != first
                    )
    return [path]


def halves_in(folder: str | Path) -> Any:
    """The intrinsics and extrinsics in a folder, or an empty list."""
    for file in sorted(folder.iterdir()):  # type: ignore[union-attr]
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith("."):
            files = with_other_half(file)
            if len(files) == 2:
                return files
    return []
