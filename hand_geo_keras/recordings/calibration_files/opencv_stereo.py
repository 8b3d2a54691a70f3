"""Stereo calibrations that OpenCV programs write with `cv2.FileStorage`."""

import os
from pathlib import Path

import cv2
import numpy as np

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.io import replacing
from hand_geo_keras.recordings.calibration_files.lengths import resolve_unit
from hand_geo_keras.recordings.calibration_files.matrices import (
    built_camera,
    checked_distortion,
    checked_intrinsics,
    checked_numbers,
    checked_resolution,
)

# The names that OpenCV's samples and common tutorials use, per camera.
_SIDES = (("1", "left", "L", "l"), ("2", "right", "R", "r"))
_MATRIX_NAMES = (
    "K{0}",
    "M{0}",
    "K_{0}",
    "cameraMatrix{0}",
    "camera_matrix_{0}",
    "camera_matrix{0}",
    "{0}_camera_matrix",
    "mtx{0}",
    "mtx_{0}",
    "CM{0}",
)
_DISTORTION_NAMES = (
    "D{0}",
    "D_{0}",
    "distCoeffs{0}",
    "dist_coeffs{0}",
    "dist_coeffs_{0}",
    "dist_coeff_{0}",
    "{0}_distortion_coefficients",
    "distortion_coefficients_{0}",
    "dist{0}",
    "dist_{0}",
)
_ROTATION_NAMES = ("R", "rotation", "rotation_matrix", "R_stereo", "rvec")
_TRANSLATION_NAMES = ("T", "t", "translation", "translation_vector", "T_stereo")
_SIZE_NAMES = ("image_size", "imageSize", "img_size", "size", "resolution")


def read_opencv_stereo(path, unit=None, resolution=None, names=None):
    """Reads a pair of cameras from OpenCV YAML, XML or JSON.

    The usual names are understood: `K1`/`M1`/`cameraMatrix1`/`camera_matrix_left`…,
    `D1`/`distCoeffs1`…, `R`, `T`, `image_size` or `image_width` and `image_height`.
    As in `cv2.stereoCalibrate`, `x_2 = R x_1 + T`: the first camera's frame becomes
    the world.

    Args:
        path: File, str or `pathlib.Path`, or several of them that complete each
            other (OpenCV's sample writes `intrinsics.yml` and `extrinsics.yml`).
        unit: Unit of `T`, `"mm"`, `"cm"`, `"m"` or a number of mm. Not needed if
            the file holds a string `unit`, as ours do.
        resolution: `(width, height)` of both images if the file does not say.
        names: Two camera names; default are the file's `names`, or cam0 and cam1.

    Returns:
        tuple of two `Camera`, lengths in mm.

    Raises:
        CalibrationError: If a file is unreadable or a matrix, the image size or the
            unit is missing or malformed.

    Example:
        ```python
        left, right = read_opencv_stereo("stereo.yml", unit="mm", resolution=(640, 480))
        ```

    Reference:
        OpenCV, `cv2.stereoCalibrate` and `samples/cpp/stereo_calib.cpp`.
    """
    paths = [Path(path)] if isinstance(path, str | os.PathLike) else [*map(Path, path)]
    where = " + ".join(map(str, paths))
    values = {}
    for file in paths:
        values.update(_read_storage(file))
    mm = resolve_unit(where, unit, values.get("unit"))
    rotation = _one_of(values, _ROTATION_NAMES, where)
    R = checked_numbers(rotation, np.shape(rotation), f"{where}: the rotation")
    R = R if R.size == 9 else cv2.Rodrigues(R.reshape(3))[0]
    T = checked_numbers(_one_of(values, _TRANSLATION_NAMES, where), (3,), f"{where}: T")
    names = names or [values.get(f"name{i + 1}", f"cam{i}") for i in range(2)]
    size = checked_resolution(resolution or _image_size(values, where), where)
    poses = ((np.eye(3), np.zeros(3)), (R, T * mm))
    return tuple(
        _camera(where, values, side, name, pose, size)
        for side, name, pose in zip(_SIDES, names, poses, strict=True)
    )


def write_opencv_stereo(path, cameras, unit="mm"):
    """Writes two cameras as OpenCV YAML with `K1, D1, K2, D2, R, T, image_size`.

    The format knows only the pose of the second camera relative to the first: the
    world frame is lost, and 3D labels in it no longer fit what reads back.

    Args:
        path: File, str or `pathlib.Path`; `.yml`, `.yaml`, `.xml` or `.json`.
        cameras: Two `Camera` objects of one resolution, lengths in mm.
        unit: Unit of the written `T`, also noted in the file.

    Raises:
        CalibrationError: If there are not two cameras or their resolutions differ.
    """
    path = Path(path)
    mm = resolve_unit(path, unit)
    if len(cameras) != 2 or len({camera.resolution for camera in cameras}) != 1:
        raise CalibrationError(
            f"{path}: OpenCV's stereo format holds exactly two cameras of one "
            "resolution; use TOML or JSON instead. Received: "
            f"{[(camera.name, camera.resolution) for camera in cameras]}"
        )
    first, second = cameras
    R = second.R @ first.R.T
    values = {"unit": unit if isinstance(unit, str) else float(unit)}
    for number, camera in enumerate(cameras, 1):
        values[f"name{number}"] = camera.name
        values[f"K{number}"] = camera.K
        values[f"D{number}"] = camera.distortion[None]
    values |= {"R": R, "T": ((second.t - R @ first.t) / mm)[:, None]}
    values["image_size"] = np.array([first.resolution], np.float64)
    _write_storage(path, values)


def _camera(where, values, side, name, pose, size):
    matrix = _one_of(values, _names(_MATRIX_NAMES, side), where)
    distortion = _one_of(values, _names(_DISTORTION_NAMES, side), where)
    return built_camera(
        where,
        name=str(name),
        K=checked_intrinsics(matrix, f"{where}: camera {name!r}"),
        distortion=checked_distortion(distortion, f"{where}: camera {name!r}"),
        R=pose[0],
        t=pose[1],
        resolution=size,
    )


def _names(patterns, side):
    return [pattern.format(number) for number in side for pattern in patterns]


def _one_of(values, names, where):
    for name in names:
        if name in values:
            return values[name]
    raise CalibrationError(
        f"{where}: holds none of {', '.join(names[:4])} …; add it under one of these "
        f"names. Received: {sorted(values)}"
    )


def _image_size(values, where):
    for width, height in (("image_width", "image_height"), ("width", "height")):
        if width in values and height in values:
            return values[width], values[height]
    for name in _SIZE_NAMES:
        if name in values:
            return values[name]
    raise CalibrationError(
        f"{where}: does not say how large the images are; pass resolution=(width, "
        "height) or add image_width and image_height."
    )


def _read_storage(path):
    if not path.is_file():
        raise CalibrationError(f"{path}: the calibration file is missing.")
    try:
        storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
        root = storage.root()
        values = {key: _value(root.getNode(key)) for key in list(root.keys())}
        storage.release()
    # OpenCV's Python binding turns a parse error into a SystemError.
    except (cv2.error, SystemError) as reason:
        raise CalibrationError(
            f"{path}: cannot be parsed as a file of cv2.FileStorage; write it again "
            "with cv2.FileStorage."
        ) from reason
    return {key: value for key, value in values.items() if value is not None}


def _value(node):
    if node.isString():
        return node.string()
    if node.isInt() or node.isReal():
        return node.real()
    if node.isSeq():
        return [_value(node.at(index)) for index in range(node.size())]
    return node.mat() if node.isMap() else None


def _write_storage(path, values):
    with replacing(path) as partial:
        storage = cv2.FileStorage(str(partial), cv2.FILE_STORAGE_WRITE)
        for name, value in values.items():
            storage.write(name, np.array(value) if np.ndim(value) else value)
        storage.release()
