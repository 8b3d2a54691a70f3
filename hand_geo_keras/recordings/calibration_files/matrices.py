"""Checks shared by the readers: intrinsics and lens distortion from any tool."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.lenses import COEFFICIENTS, FISHEYE, PINHOLE
from hand_geo_keras.recordings.calibration import MAX_SIDE
from hand_geo_keras.recordings.text_files.numbers import number_array, number_count

_NUM_COEFFICIENTS = 5
_COUNTS = (1, 2, 4, 5, 8, 12, 14)
# Distance of the principal point from the image's centre, relative to its sides.
_NEAR, _FAR = 0.08, 0.12


def checked_rotation(value: Any, where: object) -> np.ndarray:
    """`[3, 3]` from a matrix or a Rodrigues vector."""
    what = f"{where}: the rotation"
    if number_count(value) == 3:
        return cv2.Rodrigues(checked_numbers(value, (3,), what))[0]
    return checked_numbers(value, (3, 3), what)


def checked_intrinsics(matrix: Any, where: object) -> np.ndarray:
    """`[3, 3]` float64 intrinsic matrix; a transposed one is refused."""
    matrix = checked_numbers(matrix, (3, 3), f"{where}: the camera matrix")
    if matrix[0, 2] == matrix[1, 2] == 0 and (matrix[2, :2] != 0).any():
        raise CalibrationError(
            f"{where}: the camera matrix is transposed (the principal point stands "
            "in the last row); write it row by row as [[fx, 0, cx], [0, fy, cy], "
            f"[0, 0, 1]]. Received: matrix={matrix.tolist()}"
        )
    return matrix


def checked_distortion(
    coefficients: Any, where: object, lens: str = PINHOLE
) -> np.ndarray:
    """`[5]` float64 `[k1, k2, p1, p2, k3]` from OpenCV's 1, 2, 4, 5, 8, 12 or 14.

    Of a fisheye `[4]` `[k1, k2, k3, k4]`; more are refused unless they are 0. Missing
    coefficients count as 0. The rational, thin-prism and tilted models are refused
    unless their additional coefficients are 0.
    """
    count = number_count(coefficients) or _NUM_COEFFICIENTS
    values = checked_numbers(coefficients, (count,), f"{where}: the lens distortion")
    if lens == FISHEYE:
        return _fisheye_coefficients(values, where)
    if len(values) not in _COUNTS:
        raise CalibrationError(
            f"{where}: the lens distortion has {len(values)} coefficients, but "
            f"OpenCV's models have one of {_COUNTS}. Received: {values.tolist()[:20]}"
        )
    if np.any(values[_NUM_COEFFICIENTS:]):
        raise CalibrationError(
            f"{where}: the lens distortion has {len(values)} coefficients but only "
            "k1, k2, p1, p2, k3 are supported; calibrate without "
            "CALIB_RATIONAL_MODEL, CALIB_THIN_PRISM_MODEL and CALIB_TILTED_MODEL. "
            f"Received: {values.tolist()}"
        )
    padded = np.zeros(_NUM_COEFFICIENTS)
    padded[: len(values)] = values[:_NUM_COEFFICIENTS]
    return padded


def _fisheye_coefficients(values, where):
    count = COEFFICIENTS[FISHEYE]
    if len(values) < count or np.any(values[count:]):
        raise CalibrationError(
            f"{where}: a fisheye lens has the four coefficients k1 to k4 of "
            f"cv2.fisheye; give these. Received: {values.tolist()[:20]}"
        )
    return values[:count]


def checked_numbers(values: Any, shape: Any, what: Any) -> Any:
    """`values` as a float64 array of `shape`; any layout of the same size is taken."""
    return number_array(values, shape, what)


def checked_resolution(values: Any, where: object) -> tuple[Any, ...]:
    """`(width, height)` as two positive ints."""
    sides = checked_numbers(values, (2,), f"{where}: the image size")
    if (sides % 1).any() or not ((sides > 0) & (sides < MAX_SIDE)).all():
        raise CalibrationError(
            f"{where}: the image size must be two positive whole numbers (width, "
            f"height). Received: {sides.tolist()}"
        )
    return int(sides[0]), int(sides[1])


def check_size_order(cameras: Sequence[Camera], where: object) -> None:
    """Refuses an image size that was written as (height, width).

    The principal point lies near the centre of the image: it tells which is which.

    Args:
        cameras: `Camera` objects with the size as the file states it.
        where: File, for the error message.

    Raises:
        CalibrationError: If all principal points are near the centre of the image with
            width and height exchanged, and far from that of the image as stated.
    """
    offsets = [
        [_off_center(camera, camera.resolution[::step]) for step in (1, -1)]
        for camera in cameras
    ]
    if all(given > _FAR and swapped < _NEAR for given, swapped in offsets):
        width, height = cameras[0].resolution
        raise CalibrationError(
            f"{where}: its image size {width} x {height} seems to be (height, width), "
            f"for the principal point {cameras[0].K[:2, 2].round(1).tolist()} is the "
            f"centre of {height} x {width}; pass resolution=({height}, {width}) "
            f"(--resolution={height}x{width}), or ={width}x{height} if it is right."
        )


def _off_center(camera, size):
    return float(np.abs(camera.K[:2, 2] / size - 0.5).max())


def built_camera(path: str | Path, **fields: Any) -> Camera:
    """A `Camera`; its errors name the file."""
    try:
        return Camera(**fields)
    except CalibrationError as reason:
        raise CalibrationError(f"{path}: {reason}") from reason
