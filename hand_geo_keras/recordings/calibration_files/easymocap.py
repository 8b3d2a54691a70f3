"""Calibrations of EasyMocap: `intri.yml` and `extri.yml`."""

from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.calibration_files.lengths import resolve_unit
from hand_geo_keras.recordings.calibration_files.matrices import (
    built_camera,
    checked_distortion,
    checked_intrinsics,
    checked_numbers,
    checked_resolution,
    checked_rotation,
)
from hand_geo_keras.recordings.calibration_files.opencv_files import read_named_values
from hand_geo_keras.recordings.lens_models import stated_lens


def is_easymocap(values: Any) -> bool:
    """Whether named values list `names` and hold `K_<name>` or `T_<name>` of them."""
    names = values.get("names")
    return isinstance(names, list) and any(
        f"{kind}_{name}" in values for name in names for kind in ("K", "T")
    )


def read_easymocap(
    path: str | Path,
    unit: str | float | None = None,
    resolution: tuple[int, int] | None = None,
) -> tuple[Camera, ...]:
    """Reads the cameras of EasyMocap's `intri.yml` and `extri.yml`.

    The files list `names` and hold `K_<name>`, `dist_<name>`, `R_<name>` (Rodrigues
    vector) or `Rot_<name>` (matrix), `T_<name>`, world to camera, and in newer versions
    the image size `W_<name>`, `H_<name>`.

    Args:
        path: Both files, or one that holds everything.
        unit: Unit of `T`, `"mm"`, `"cm"`, `"m"` or a number of mm.
        resolution: `(width, height)` of all images, where the files do not say.

    Returns:
        tuple of `Camera`, lengths in mm.

    Raises:
        CalibrationError: If a file is unreadable or a value missing or malformed.

    Example:
        ```python
        cameras = read_easymocap(["intri.yml", "extri.yml"], "m", (1920, 1080))
        ```

    Reference:
        EasyMocap, `easymocap/mytools/camera_utils.py`: `read_camera`.
    """
    values, where = read_named_values(path)
    names = [str(name) for name in values.get("names", ())]
    if not names or len(set(names)) < len(names):
        raise CalibrationError(f"{where}: 'names' must list each camera once.")
    mm = resolve_unit(where, unit, values.get("unit"))
    return tuple(_camera(values, name, where, mm, resolution) for name in names)


def _camera(values, name, where, mm, resolution):
    place = f"{where}: camera {name!r}"
    lens = stated_lens(_own_fields(values, name), place)
    rotation = values.get(f"Rot_{name}", values.get(f"R_{name}"))
    size = resolution or _size(values, name, place)
    return built_camera(
        where,
        name=name,
        K=checked_intrinsics(_needed(values, f"K_{name}", where), place),
        distortion=checked_distortion(
            values.get(f"dist_{name}", values.get(f"D_{name}", [0.0] * 4)),
            place,
            lens,
        ),
        R=checked_rotation(
            _needed(values, f"R_{name}", where) if rotation is None else rotation, place
        ),
        t=checked_numbers(_needed(values, f"T_{name}", where), (3,), f"{place}: T")
        * mm,
        resolution=checked_resolution(size, place),
        lens=lens,
    )


def _own_fields(values, name):
    return {
        key.removesuffix(f"_{name}"): value
        for key, value in values.items()
        if key.endswith(f"_{name}")
    }


def _needed(values, key, where):
    if key not in values:
        raise CalibrationError(
            f"{where}: lacks {key!r}; give intri.yml and extri.yml together."
        )
    return values[key]


def _size(values, name, place):
    if f"W_{name}" in values and f"H_{name}" in values:
        return values[f"W_{name}"], values[f"H_{name}"]
    raise CalibrationError(
        f"{place}: the files do not say how large the images are; pass "
        "resolution=(width, height) (--resolution=1920x1080)."
    )
