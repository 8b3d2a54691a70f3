"""One entry point to calibrations of every format, and conversion between them."""

from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.calibration_files.anipose_toml import write_anipose_toml
from hand_geo_keras.recordings.calibration_files.calibration_formats import (
    calibration_files,
    calibration_format,
)
from hand_geo_keras.recordings.calibration_files.opencv_stereo import (
    write_opencv_stereo,
)
from hand_geo_keras.recordings.calibration_files.rig_json import write_rig_json

_OPENCV_SUFFIXES = (".yml", ".yaml", ".xml")


def read_calibration(
    path: Path,
    unit: str | float | None = None,
    resolution: tuple[int, int] | None = None,
) -> tuple[Camera, ...]:
    """Reads cameras from a calibration, whatever its format.

    The content tells the format, see `calibration_formats`.

    Args:
        path: File, str or `pathlib.Path`; several files that complete each other; or a
            folder with a calibration.
        unit: Unit of length, `"mm"`, `"cm"`, `"m"` or a number of mm, where the
            file does not say.
        resolution: `(width, height)` of the images where the file does not say.

    Returns:
        tuple of `Camera`, lengths in mm.

    Raises:
        CalibrationError: If the format is unknown or the file malformed.

    Example:
        ```python
        for camera in read_calibration("calibration.toml", unit="mm"):
            print(camera.name, camera.center)
        ```
    """
    files = calibration_files(path)
    known = calibration_format(files)
    cameras = known.read(files if len(files) > 1 else files[0], unit, resolution)
    names = [camera.name for camera in cameras]
    if len(set(names)) < len(names):
        raise CalibrationError(
            f"{path}: its camera names are not distinct; rename them. Received: {names}"
        )
    return cameras


def convert_calibration(
    source: Any,
    target: Any,
    unit: str | float | None = None,
    resolution: tuple[int, int] | None = None,
    fps: float | None = None,
    videos: dict[Any, Any] | None = None,
    offsets: dict[Any, Any] | None = None,
) -> tuple[Any, ...]:
    """Converts a calibration; the ending of the target chooses its format.

    Only cameras are carried over: videos, frame rate and frame offsets of a rig's
    JSON must be given again, unless the target has them already.

    Args:
        source: What to read, see `read_calibration`.
        target: File to write, always in mm; its folder is made if absent.
        unit: Unit of the source, where it does not say.
        resolution: `(width, height)`, where the source does not say.
        fps: Frames per second, for a rig's JSON.
        videos: dict from camera name to video, for a rig's JSON; found by name in
            the target's folder if None.
        offsets: dict from camera name to `frame_offset`, for a rig's JSON.

    Returns:
        tuple of the `Camera` objects written.

    Raises:
        CalibrationError: If a format is unknown or cannot hold these cameras.

    Example:
        ```python
        convert_calibration("calibration.toml", "my_rig/calibration.json", unit="mm")
        ```
    """
    target = Path(target)
    kind = _kind(target)
    cameras = read_calibration(source, unit, resolution)
    if kind == "rig":
        write_rig_json(target, cameras, videos, fps, offsets)
    elif kind == "opencv":
        write_opencv_stereo(target, cameras)
    else:
        write_anipose_toml(target, cameras)
    return cameras


def _kind(path):
    suffix = path.suffix.lower()
    if suffix in _OPENCV_SUFFIXES:
        return "opencv"
    if suffix in (".json", ".toml"):
        return "rig" if suffix == ".json" else "anipose"
    raise CalibrationError(
        f"{path}: the ending of a calibration to write must be .json (rig), .toml "
        "(Anipose, Lightning Pose) or .yml, .yaml, .xml (OpenCV)."
    )
