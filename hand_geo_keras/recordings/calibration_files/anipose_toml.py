"""Calibration TOML of Anipose, read by Lightning Pose and others too."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import tomli_w

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.lenses import FISHEYE
from hand_geo_keras.io import write_text
from hand_geo_keras.recordings.calibration_files.lengths import resolve_unit
from hand_geo_keras.recordings.calibration_files.matrices import (
    built_camera,
    checked_distortion,
    checked_intrinsics,
    checked_numbers,
    checked_resolution,
)
from hand_geo_keras.recordings.lens_models import stated_lens
from hand_geo_keras.recordings.text_files import read_toml

_FIELDS = ("name", "size", "matrix", "distortions", "rotation", "translation")


def read_anipose_toml(
    path: Path, unit: str | float | None = None
) -> tuple[Camera, ...]:
    """Reads the cameras of an Anipose or Lightning Pose calibration.

    Every table `[cam_N]` holds `name`, `size` `[width, height]`, `matrix` `[3, 3]`,
    `distortions` (up to `[k1, k2, p1, p2, k3]`), `rotation` (Rodrigues vector, world
    to camera) and `translation`.

    Args:
        path: File, str or `pathlib.Path`.
        unit: Unit of the translations, `"mm"`, `"cm"`, `"m"` or a number of mm. Not
            needed if the file has `unit` in `[metadata]`, as ours do; Anipose itself
            uses the unit of the board's squares and does not write it down.

    Returns:
        tuple of `Camera` in the order of the tables, lengths in mm.

    Raises:
        CalibrationError: If the file, a table or a field is malformed, the lens is
            a fisheye, or the unit is unknown.

    Example:
        ```python
        cameras = read_anipose_toml("calibration.toml", unit="mm")
        ```

    Reference:
        Anipose (`aniposelib.cameras.CameraGroup.dump`).
    """
    path = Path(path)
    content = read_toml(path)
    tables = {key: value for key, value in content.items() if _is_camera(value)}
    if not tables:
        raise CalibrationError(
            f"{path}: holds no table like [cam_0] with a camera. "
            f"Received: tables={sorted(content)}"
        )
    metadata = content.get("metadata")
    stated = metadata.get("unit") if isinstance(metadata, dict) else None
    mm = resolve_unit(path, unit, stated)
    return tuple(_camera(path, key, table, mm) for key, table in tables.items())


def write_anipose_toml(
    path: Path, cameras: Sequence[Camera], unit: str | float | None = "mm"
) -> None:
    """Writes cameras as an Anipose or Lightning Pose calibration.

    Args:
        path: File, str or `pathlib.Path`.
        cameras: `Camera` objects, lengths in mm.
        unit: Unit of the written translations, also noted in `[metadata]`.
    """
    path = Path(path)
    mm = resolve_unit(path, unit)
    tables = {
        f"cam_{number}": {
            "name": camera.name,
            "size": list(camera.resolution),
            "matrix": camera.K.tolist(),
            "distortions": camera.distortion.tolist(),
            "rotation": cv2.Rodrigues(camera.R)[0].ravel().tolist(),
            "translation": (camera.t / mm).tolist(),
            "fisheye": camera.lens == FISHEYE,
        }
        for number, camera in enumerate(cameras)
    }
    write_text(path, tomli_w.dumps({**tables, "metadata": {"unit": unit}}))


def _is_camera(value):
    """Whether a table has a camera's field, so that one without another is no note."""
    return isinstance(value, dict) and not value.keys().isdisjoint(_FIELDS[1:])


def _camera(path, key, table, mm):
    where = f"{path}: table [{key}]"
    missing = [field for field in _FIELDS if field not in table]
    if missing:
        raise CalibrationError(f"{where} lacks the fields {missing}; add them.")
    lens = stated_lens(table, where)
    rotation = checked_numbers(table["rotation"], (3,), f"{where}: 'rotation'")
    translation = checked_numbers(table["translation"], (3,), f"{where}: 'translation'")
    return built_camera(
        path,
        name=str(table["name"]),
        K=checked_intrinsics(table["matrix"], where),
        distortion=checked_distortion(table["distortions"], where, lens),
        R=cv2.Rodrigues(rotation)[0],
        t=translation * mm,
        resolution=checked_resolution(table["size"], where),
        lens=lens,
    )
