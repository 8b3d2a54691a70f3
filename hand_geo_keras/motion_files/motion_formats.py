"""The one registry of the formats that motions are written in."""

import collections
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.motion_files.bvh import write_bvh
from hand_geo_keras.motion_files.c3d import write_c3d
from hand_geo_keras.motion_files.gltf import write_gltf
from hand_geo_keras.motion_files.hand_motion import HandMotion
from hand_geo_keras.motion_files.joint_table import write_joint_table
from hand_geo_keras.motion_files.trc import write_trc

# `write` takes a path and a `HandMotion`, or a list of them where one file holds all
# hands; `needs` is a package that is not among the requirements, and `extra` brings it.
MotionFormat = collections.namedtuple(
    "MotionFormat", "suffix write all_hands needs extra", defaults=(False, None, None)
)

MOTION_FORMATS = {
    "csv": MotionFormat(".csv", write_joint_table, all_hands=True),
    "trc": MotionFormat(".trc", write_trc),
    "c3d": MotionFormat(".c3d", write_c3d, needs="ezc3d", extra="c3d"),
    "bvh": MotionFormat(".bvh", write_bvh),
    "gltf": MotionFormat(".glb", write_gltf),
}


def checked_formats(names: Sequence[str]) -> tuple[Any, ...]:
    """The formats that are asked for, if they can be written here.

    Args:
        names: Names of formats, as in `MOTION_FORMATS`.

    Returns:
        tuple of names, each once.

    Raises:
        HandGeoError: If one is unknown or needs a package that is not installed.

    Example:
        >>> checked_formats(["bvh", "csv", "bvh"])
        ('bvh', 'csv')
    """
    names = tuple(dict.fromkeys(names))
    for name in names:
        if name not in MOTION_FORMATS:
            raise HandGeoError(
                f"Motions are written as {', '.join(MOTION_FORMATS)}. Received: "
                f"{name!r}"
            )
        needed = MOTION_FORMATS[name]
        if needed.needs and importlib.util.find_spec(needed.needs) is None:
            raise HandGeoError(
                f"{name!r} needs the package {needed.needs}; install this one with its "
                f"extra {needed.extra!r}, or choose another format."
            )
    return names


def write_motions(
    folder: str | Path, motions: Sequence[HandMotion], formats: Any
) -> tuple[Any, ...]:
    """Writes hands in motion, each file whole or not at all.

    `csv` becomes one file `hands.csv` of all hands, the others one file per hand, named
    after it.

    Args:
        folder: Folder to write to; made if missing.
        motions: List of `HandMotion` with different names.
        formats: Names of formats, as in `MOTION_FORMATS`.

    Returns:
        tuple of the `pathlib.Path`s that were written; empty without motions.

    Raises:
        HandGeoError: As of `checked_formats`.
        StorageError: If a file cannot be written.

    Example:
        ```python
        write_motions("out", [motion], ["trc", "gltf"])
        ```
    """
    folder, files = Path(folder), []
    for name in checked_formats(formats):
        known = MOTION_FORMATS[name]
        if known.all_hands and motions:
            files.append(folder / f"hands{known.suffix}")
            known.write(files[-1], motions)
        elif not known.all_hands:
            for motion in motions:
                files.append(folder / f"{motion.name}{known.suffix}")
                known.write(files[-1], motion)
    return tuple(files)
