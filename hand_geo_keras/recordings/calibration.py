"""Cameras from calibration JSON, in the layout that CMU Panoptic introduced."""

import re
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError, HandGeoError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.lenses import COEFFICIENTS
from hand_geo_keras.recordings.lens_models import stated_lens
from hand_geo_keras.recordings.text_files.numbers import number_array

MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
# Larger than the side of any image.
MAX_SIDE = 1 << 16
_FIELDS = ("resolution", "K", "distCoef", "R", "t")
_SHAPES = {"resolution": (2,), "K": (3, 3), "R": (3, 3), "t": (3,)}


def mm_per_unit(
    content: Any, path: str | Path, error: type[HandGeoError] = CalibrationError
) -> Any:
    """Length of the file's `unit` in mm; a file without `unit` is refused."""
    unit = content.get("unit")
    if not isinstance(unit, str) or unit not in MM_PER_UNIT:
        raise error(
            f"{path}: field 'unit' must be one of {', '.join(MM_PER_UNIT)}. "
            f"Received: unit={unit!r}"
        )
    return MM_PER_UNIT[unit]


def camera_entries(content: Any, path: str | Path) -> Any:
    """The list `content["cameras"]`, checked to be objects with distinct names."""
    entries = content.get("cameras")
    if not isinstance(entries, list) or not entries:
        raise CalibrationError(
            f"{path}: field 'cameras' must be a list with at least one camera. "
            f"Received: cameras={entries!r}"
        )
    names = [
        entry.get("name") if isinstance(entry, dict) else None for entry in entries
    ]
    if not all(isinstance(name, str) and name for name in names):
        raise CalibrationError(
            f"{path}: each of 'cameras' must be an object with a field 'name'. "
            f"Received: names={names}"
        )
    if any(re.search(r"[/\\\0]", name) for name in names):  # type: ignore[arg-type]
        raise CalibrationError(
            f"{path}: camera names become names of files and may not hold slashes; "
            f"rename them. Received: names={names}"
        )
    repeated = sorted({name for name in names if names.count(name) > 1})  # type: ignore[type-var]
    if repeated:
        raise CalibrationError(
            f"{path}: camera names must be distinct; rename the repeated ones. "
            f"Received: repeated={repeated}"
        )
    return entries


def camera_from_entry(entry: dict[Any, Any], path: str | Path, mm: Any) -> Camera:
    """Builds a `Camera` from one entry of a calibration JSON.

    Args:
        entry: dict with `name`, `resolution` `[width, height]`, `K` `[3, 3]`,
            `distCoef` `[k1, k2, p1, p2, k3]`, `R` `[3, 3]` and `t` (`[3]` or
            `[3, 1]`), world to camera; of a fisheye `"model": "fisheye"` and `distCoef`
            `[k1, k2, k3, k4]`.
        path: File of the entry, for error messages.
        mm: Length of the file's unit in mm.

    Returns:
        `Camera` with `t` in mm.

    Raises:
        CalibrationError: If a field is missing or malformed; names the file, the
            camera and the field.
    """
    missing = [field for field in _FIELDS if field not in entry]
    if missing:
        raise CalibrationError(
            f"{path}: camera {entry['name']!r} lacks the fields {missing}; add them."
        )
    where = f"{path}: camera {entry['name']!r}"
    lens = stated_lens(entry, where)
    shapes = {**_SHAPES, "distCoef": (COEFFICIENTS[lens],)}
    values = {
        field: number_array(entry[field], shapes[field], f"{where}: field {field!r}")
        for field in _FIELDS
    }
    try:
        return Camera(
            name=entry["name"],
            K=values["K"],
            distortion=values["distCoef"],
            R=values["R"],
            t=values["t"] * mm,
            resolution=_whole(values["resolution"], where),
            lens=lens,
        )
    except CalibrationError as reason:
        raise CalibrationError(f"{path}: {reason}") from reason


def _whole(resolution, where):
    if (resolution % 1).any() or not (resolution < MAX_SIDE).all():
        raise CalibrationError(
            f"{where}: field 'resolution' must be two whole numbers [width, height]. "
            f"Received: resolution={resolution.tolist()}"
        )
    return int(resolution[0]), int(resolution[1])
