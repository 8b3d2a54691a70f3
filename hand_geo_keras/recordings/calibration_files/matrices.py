"""Checks shared by the readers: intrinsics and lens distortion from any tool."""

import numpy as np

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera

_NUM_COEFFICIENTS = 5


def checked_intrinsics(matrix, where):
    """`[3, 3]` float64 intrinsic matrix; a transposed one is refused."""
    matrix = checked_numbers(matrix, (3, 3), f"{where}: the camera matrix")
    if matrix[0, 2] == matrix[1, 2] == 0 and (matrix[2, :2] != 0).any():
        raise CalibrationError(
            f"{where}: the camera matrix is transposed (the principal point stands "
            "in the last row); write it row by row as [[fx, 0, cx], [0, fy, cy], "
            f"[0, 0, 1]]. Received: matrix={matrix.tolist()}"
        )
    return matrix


def checked_distortion(coefficients, where):
    """`[5]` float64 `[k1, k2, p1, p2, k3]` from OpenCV's 1, 2, 4, 5, 8, 12 or 14.

    Missing coefficients count as 0. The rational, thin-prism and tilted models are
    refused unless their additional coefficients are 0.
    """
    values = np.asarray(coefficients, np.float64).ravel()
    if not np.isfinite(values).all():
        raise CalibrationError(
            f"{where}: the lens distortion must be finite. Received: {values.tolist()}"
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


def checked_numbers(values, shape, what):
    """`values` as a float64 array of `shape`; any layout of the same size is taken."""
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.size != np.prod(shape) or not np.isfinite(array).all():
        raise CalibrationError(
            f"{what} must be {int(np.prod(shape))} finite numbers of shape {shape}. "
            f"Received: {values!r}"
        )
    return array.reshape(shape)


def checked_resolution(values, where):
    """`(width, height)` as two positive ints."""
    width, height = checked_numbers(values, (2,), f"{where}: the image size")
    return int(width), int(height)


def built_camera(path, **fields):
    """A `Camera`; its errors name the file."""
    try:
        return Camera(**fields)
    except CalibrationError as reason:
        raise CalibrationError(f"{path}: {reason}") from reason
