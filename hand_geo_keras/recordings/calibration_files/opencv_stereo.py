"""Stereo calibrations that OpenCV programs write with `cv2.FileStorage`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.lenses import FISHEYE
from hand_geo_keras.io import replacing
from hand_geo_keras.recordings.calibration_files.lengths import resolve_unit
from hand_geo_keras.recordings.calibration_files.matrices import (
    built_camera,
    check_size_order,
    checked_distortion,
    checked_intrinsics,
    checked_numbers,
    checked_resolution,
    checked_rotation,
)
from hand_geo_keras.recordings.calibration_files.opencv_files import (
    read_named_values,
)
from hand_geo_keras.recordings.lens_models import stated_lens

# The names that OpenCV's samples and common tutorials use, per camera.
_SIDES = (("1", "left", "L", "l"), ("2", "right", "R", "r"))
_COUNTED_FROM_ZERO = (("0", "cam0"), ("1", "cam1"))
_MATRIX_NAMES = (
    *(
        "K{0}",
        "M{0}",
        "K_{0}",
        "cameraMatrix{0}",
        "camera_matrix_{0}",
        "camera_matrix{0}",
    ),
    *("{0}_camera_matrix", "mtx{0}", "mtx_{0}", "CM{0}", "M_{0}", "cameraMatrix_{0}"),
    *(
        "CameraMatrix{0}",
        "intrinsics{0}",
        "intrinsics_{0}",
        "intrinsic_{0}",
        "K{0}_matrix",
    ),
    *("{0}_K", "{0}_mtx", "{0}K", "{0}_intrinsics", "cam_mtx{0}", "A{0}", "A_{0}"),
)
_DISTORTION_NAMES = (
    *("D{0}", "D_{0}", "distCoeffs{0}", "dist_coeffs{0}", "dist_coeffs_{0}"),
    *("dist_coeff_{0}", "{0}_distortion_coefficients", "distortion_coefficients_{0}"),
    *("dist{0}", "dist_{0}", "distortion{0}", "distortion_{0}", "distCoeffs_{0}"),
    *("DistCoeffs{0}", "{0}_D", "{0}_dist", "{0}_dist_coeffs", "dist_coef{0}"),
    *("distCoef{0}", "distortion_coefficients{0}", "dc{0}", "d{0}", "kc{0}", "kc_{0}"),
)
_ROTATION_NAMES = (
    *("R", "rotation", "rotation_matrix", "R_stereo", "rvec", "om", "rotationMatrix"),
    *("Rotation", "rot", "Rot", "R_matrix", "rotation_vector", "rotationVector"),
)
_TRANSLATION_NAMES = (
    *("T", "t", "translation", "translation_vector", "T_stereo", "tvec", "trans"),
    *("translationVector", "Translation", "Trans", "translation_matrix"),
)
_SIZE_NAMES = (
    *(
        "image_size",
        "imageSize",
        "img_size",
        "size",
        "resolution",
        "imgSize",
        "im_size",
    ),
    *("Size", "ImageSize", "frame_size", "image_resolution"),
)
# Named after numpy's `shape`: height before width.
_SHAPE_NAMES = (
    "img_shape",
    "image_shape",
    "shape",
    "imgShape",
    "imageShape",
    "frame_shape",
)
_WIDTH_AND_HEIGHT = (
    *(
        ("image_width", "image_height"),
        ("width", "height"),
        ("imageWidth", "imageHeight"),
    ),
    *(("img_width", "img_height"), ("W", "H"), ("w", "h"), ("cols", "rows")),
)


def read_opencv_stereo(
    path: Path,
    unit: str | float | None = None,
    resolution: tuple[int, int] | None = None,
    names: Sequence[str] | None = None,
) -> tuple[Any, ...]:
    """Reads a pair of cameras from OpenCV YAML, XML or JSON.

    The usual names are understood: `K1`/`M1`/`cameraMatrix1`/`camera_matrix_left`…,
    `D1`/`distCoeffs1`…, `R` (or a vector `om`), `T`, `image_size` or `image_width` and
    `image_height`, or `img_shape` with the height first, as of a numpy array. As in
    `cv2.stereoCalibrate`, `x_2 = R x_1 + T`: the first camera's frame becomes the
    world.

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
    values, where = read_named_values(path)
    lens = stated_lens(values, where)
    mm = resolve_unit(where, unit, values.get("unit"))
    R = checked_rotation(_one_of(values, _ROTATION_NAMES, where), where)
    T = checked_numbers(_one_of(values, _TRANSLATION_NAMES, where), (3,), f"{where}: T")
    names = names or [values.get(f"name{i + 1}", f"cam{i}") for i in range(2)]
    size = checked_resolution(resolution or _image_size(values, where), where)
    poses = ((np.eye(3), np.zeros(3)), (R, T * mm))
    cameras = tuple(
        _camera(where, values, side, name, pose, size, lens)
        for side, name, pose in zip(_sides(values), names, poses, strict=True)
    )
    if resolution is None:
        check_size_order(cameras, where)
    return cameras


def is_opencv_stereo(values: Any) -> bool:
    """Whether named values are those of a stereo calibration, or one half of them."""
    halves = (_names(_MATRIX_NAMES, _sides(values)[1]), _TRANSLATION_NAMES)
    return any(name in values for names in halves for name in names)


def _sides(values):
    """What the file calls its two cameras: 1 and 2 or left and right, or 0 and 1."""
    zero = any(name in values for name in _names(_MATRIX_NAMES, _COUNTED_FROM_ZERO[0]))
    two = any(name in values for name in _names(_MATRIX_NAMES, _SIDES[1]))
    return _COUNTED_FROM_ZERO if zero and not two else _SIDES


def write_opencv_stereo(
    path: Path, cameras: Sequence[Camera], unit: str | float | None = "mm"
) -> None:
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
    if first.lens != second.lens:
        raise CalibrationError(
            f"{path}: OpenCV's stereo format holds two cameras of one lens model; use "
            f"TOML or JSON instead. Received: {first.lens}, {second.lens}"
        )
    R = second.R @ first.R.T
    values = {"unit": unit if isinstance(unit, str) else float(unit)}  # type: ignore[arg-type]
    for number, camera in enumerate(cameras, 1):
        values[f"name{number}"] = camera.name
        values[f"K{number}"] = camera.K  # type: ignore[assignment]
        values[f"D{number}"] = camera.distortion[None]  # type: ignore[assignment]
    if first.lens == FISHEYE:
        values["camera_model"] = FISHEYE
    values |= {"R": R, "T": ((second.t - R @ first.t) / mm)[:, None]}
    values["image_size"] = np.array([first.resolution], np.float64)  # type: ignore[assignment]
    _write_storage(path, values)


def _camera(where, values, side, name, pose, size, lens):
    matrix = _one_of(values, _names(_MATRIX_NAMES, side), where)
    distortion = _one_of(values, _names(_DISTORTION_NAMES, side), where)
    if lens != FISHEYE:
        _refuse_fisheye_shape(distortion, f"{where}: camera {name!r}")
    return built_camera(
        where,
        name=str(name),
        K=checked_intrinsics(matrix, f"{where}: camera {name!r}"),
        distortion=checked_distortion(distortion, f"{where}: camera {name!r}", lens),
        R=pose[0],
        t=pose[1],
        resolution=size,
        lens=lens,
    )


def _refuse_fisheye_shape(distortion, where):
    """`cv2.fisheye` alone writes four coefficients as a column."""
    if np.shape(distortion) == (4, 1):
        raise CalibrationError(
            f"{where}: has four distortion coefficients in a column, as "
            "cv2.fisheye.calibrate writes k1 to k4 of a fisheye lens; add the line "
            "'camera_model: fisheye' if they are, or a fifth coefficient 0 if they are "
            "k1, k2, p1, p2 of cv2.calibrateCamera."
        )


def _names(patterns, side):
    return [pattern.format(number) for number in side for pattern in patterns]


def _one_of(values, names, where):
    for name in names:
        if name in values:
            return values[name]
    raise CalibrationError(
        f"{where}: holds none of {', '.join(names[:4])} …; add it under one of these "
        "names, or give the file with the other half as well (intrinsics and "
        f"extrinsics are often two files). Received: {sorted(values)[:12]}"
    )


def _image_size(values, where):
    for width, height in _WIDTH_AND_HEIGHT:
        if width in values and height in values:
            return values[width], values[height]
    for name in _SIZE_NAMES:
        if name in values:
            return values[name]
    for name in _SHAPE_NAMES:
        if name in values:
            sides = np.ravel(np.asarray(values[name], object))
            return sides[1::-1] if len(sides) in (2, 3) else sides
    raise CalibrationError(
        f"{where}: does not say how large the images are; pass resolution=(width, "
        "height) (--resolution=640x480) or add image_width and image_height."
    )


def _write_storage(path, values):
    with replacing(path) as partial:
        storage = cv2.FileStorage(str(partial), cv2.FILE_STORAGE_WRITE)
        for name, value in values.items():
            storage.write(name, np.array(value) if np.ndim(value) else value)
        storage.release()
