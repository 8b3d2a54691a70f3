"""Calibrations of JARVIS: a folder with one YAML per camera."""

import os
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
)
from hand_geo_keras.recordings.lens_models import stated_lens
from hand_geo_keras.recordings.text_files import read_opencv_storage

_FIELDS = ("intrinsicMatrix", "distortionCoefficients", "R", "T")


def is_jarvis(values: Any) -> bool:
    """Whether named values are one camera of JARVIS."""
    return "intrinsicMatrix" in values


def read_jarvis(
    path: str | Path,
    unit: str | float | None = None,
    resolution: tuple[int, int] | None = None,
) -> tuple[Camera, ...]:
    """Reads the cameras of JARVIS' calibration, one YAML file each.

    A file is named like its camera and holds `intrinsicMatrix`,
    `distortionCoefficients`, `R` and `T`. JARVIS multiplies row vectors: `R` and
    `intrinsicMatrix` are stored as the transposes of the usual matrices.

    Args:
        path: The folder, or a list of its files.
        unit: Unit of `T`, `"mm"`, `"cm"`, `"m"` or a number of mm.
        resolution: `(width, height)` of the images: the files do not say.

    Returns:
        tuple of `Camera` in the order of their names, lengths in mm.

    Raises:
        CalibrationError: If a file is unreadable or a value missing or malformed.

    Example:
        ```python
        cameras = read_jarvis("CalibrationParameters", "mm", (1280, 1024))
        ```

    Reference:
        JARVIS-HybridNet, `jarvis/utils/reprojection.py`: `[R; T] @ intrinsicMatrix`.
    """
    files = _files(path)
    mm = resolve_unit(files[0].parent, unit)
    if resolution is None:
        raise CalibrationError(
            f"{files[0].parent}: the files do not say how large the images are; pass "
            "resolution=(width, height) (--resolution=1280x1024)."
        )
    return tuple(_camera(file, mm, resolution) for file in files)


def _files(path):
    if not isinstance(path, str | os.PathLike):
        return sorted(map(Path, path))
    path = Path(path)
    if not path.is_dir():
        return [path]
    files = (f for f in path.iterdir() if not f.name.startswith("."))
    return sorted(f for f in files if f.suffix.lower() in (".yaml", ".yml"))


def _camera(file, mm, resolution):
    values = read_opencv_storage(file)
    missing = [field for field in _FIELDS if field not in values]
    if missing:
        raise CalibrationError(f"{file}: lacks the fields {missing}; add them.")
    lens = stated_lens(values, file)
    K = checked_numbers(values["intrinsicMatrix"], (3, 3), f"{file}: intrinsicMatrix")
    if K[0, 2] == K[1, 2] == 0:
        K = K.T
    return built_camera(
        file,
        name=file.stem,
        K=checked_intrinsics(K, file),
        distortion=checked_distortion(values["distortionCoefficients"], file, lens),
        R=checked_numbers(values["R"], (3, 3), f"{file}: R").T,
        t=checked_numbers(values["T"], (3,), f"{file}: T") * mm,
        resolution=checked_resolution(resolution, file),
        lens=lens,
    )
