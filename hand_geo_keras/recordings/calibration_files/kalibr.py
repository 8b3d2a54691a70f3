"""Calibrations of Kalibr: `camchain.yaml`."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.calibration_files.lengths import resolve_unit
from hand_geo_keras.recordings.calibration_files.matrices import (
    built_camera,
    checked_distortion,
    checked_numbers,
    checked_resolution,
)
from hand_geo_keras.recordings.calibration_files.opencv_files import read_named_values
from hand_geo_keras.recordings.lens_models import stated_lens

# Kalibr's targets are described in metres.
_UNIT = "m"


def is_kalibr(values: Any) -> bool:
    """Whether named values are cameras `cam0`, `cam1`, ... with `intrinsics`."""
    first = values.get("cam0")
    return isinstance(first, dict) and "intrinsics" in first


def read_kalibr(
    path: Path,
    unit: str | float | None = None,
    resolution: tuple[int, int] | None = None,
) -> tuple[Camera, ...]:
    """Reads the cameras of Kalibr's `camchain.yaml`.

    Every `camN` holds `intrinsics` `[fx, fy, cx, cy]`, `distortion_coeffs`,
    `resolution` and, from the second on, `T_cn_cnm1`: the frame of the camera before it
    to its own, in metres. The first camera's frame becomes the world.

    Args:
        path: File, str or `pathlib.Path`.
        unit: Unit of the translations if not metres.
        resolution: `(width, height)` of all images; the file's own if None.

    Returns:
        tuple of `Camera`, lengths in mm.

    Raises:
        CalibrationError: If the file is unreadable, a field missing or malformed, or a
            lens is not `pinhole` with `radtan` distortion.

    Example:
        ```python
        cameras = read_kalibr("camchain.yaml")
        ```

    Reference:
        Kalibr wiki, "yaml formats".
    """
    values, where = read_named_values(path)
    mm = resolve_unit(where, unit, _UNIT)
    entries = {name: v for name, v in values.items() if _is_camera(name, v)}
    numbers = sorted(int(name[3:]) for name in entries)
    if numbers != list(range(len(numbers))):
        raise CalibrationError(
            f"{where}: its cameras must be cam0, cam1 and so on without a gap. "
            f"Received: {sorted(entries)}"
        )
    cameras, pose = [], np.eye(4)
    for number in numbers:
        place = f"{where}: cam{number}"
        if number:
            pose = _relative_pose(entries[f"cam{number}"], place) @ pose
        cameras.append(_camera(entries, number, where, place, pose, mm, resolution))
    return tuple(cameras)


def _is_camera(name, value):
    return name.startswith("cam") and name[3:].isdecimal() and isinstance(value, dict)


def _relative_pose(entry, place):
    if "T_cn_cnm1" not in entry:
        raise CalibrationError(
            f"{place} lacks 'T_cn_cnm1', the pose relative to the camera before it."
        )
    pose = checked_numbers(entry["T_cn_cnm1"], (4, 4), f"{place}: 'T_cn_cnm1'")
    if not np.allclose(pose[3], (0, 0, 0, 1)):
        raise CalibrationError(
            f"{place}: the last row of 'T_cn_cnm1' must be 0, 0, 0, 1; write it row by "
            f"row, with the translation in the last column. Received: {pose.tolist()}"
        )
    return pose


def _camera(entries, number, where, place, pose, mm, resolution):
    entry = entries[f"cam{number}"]
    lens = stated_lens(entry, place)
    intrinsics = entry.get("intrinsics")
    fx, fy, cx, cy = checked_numbers(intrinsics, (4,), f"{place}: 'intrinsics'")
    size = resolution or entry.get("resolution")
    return built_camera(
        where,
        name=f"cam{number}",
        K=np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]),
        distortion=checked_distortion(
            entry.get("distortion_coeffs", [0.0] * 4), place, lens
        ),
        R=pose[:3, :3],
        t=pose[:3, 3] * mm,
        resolution=checked_resolution(size, place),
        lens=lens,
    )
