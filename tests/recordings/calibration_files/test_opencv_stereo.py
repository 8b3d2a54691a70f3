"""Tests of OpenCV stereo calibrations."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.calibration_files import (
    read_opencv_stereo,
    write_opencv_stereo,
)

K = np.array([[600.0, 0, 320], [0, 610, 240], [0, 0, 1]])
D = np.array([[-0.1, 0.02, 0.001, 0.002]])
R, _ = cv2.Rodrigues(np.array([0.0, 0.3, 0.0]))
T = np.array([[-6.0], [0.5], [1.0]])
VALUES = {"K1": K, "D1": D, "K2": K + np.eye(3) * [5, 5, 0], "D2": D, "R": R, "T": T}


def store(path, values):
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for name, value in values.items():
        storage.write(name, value)
    storage.release()
    return path


@pytest.mark.parametrize("suffix", [".yml", ".xml"])
def test_the_usual_names(tmp_path, suffix):
    path = store(tmp_path / f"stereo{suffix}", VALUES)
    left, right = read_opencv_stereo(path, "cm", (640, 480), ("left", "right"))
    assert (left.name, right.name) == ("left", "right")
    np.testing.assert_array_equal(left.center, np.zeros(3))
    np.testing.assert_allclose(right.K, VALUES["K2"])
    np.testing.assert_allclose(right.distortion, [-0.1, 0.02, 0.001, 0.002, 0])
    # x_2 = R x_1 + T, as in cv2.stereoCalibrate.
    point = np.array([10.0, 20.0, 700.0])
    np.testing.assert_allclose(right.to_camera(point), R @ point + T[:, 0] * 10)


@pytest.mark.parametrize(
    "names",
    [
        ("M1", "D1", "M2", "D2", "R", "T"),
        ("cameraMatrix1", "distCoeffs1", "cameraMatrix2", "distCoeffs2", "R", "T"),
        (
            "camera_matrix_left",
            "dist_coeffs_left",
            "camera_matrix_right",
            "dist_coeffs_right",
            "rotation_matrix",
            "translation_vector",
        ),
    ],
)
def test_other_names(tmp_path, names):
    values = dict(zip(names, VALUES.values(), strict=True))
    path = store(
        tmp_path / "stereo.yml", values | {"image_size": np.array([[640, 480]])}
    )
    left, right = read_opencv_stereo(path, "mm")
    assert left.resolution == (640, 480)
    np.testing.assert_allclose(right.R, R)


def test_two_files_and_a_rotation_vector(tmp_path):
    first = {key: VALUES[key] for key in ("K1", "D1", "K2", "D2")}
    first |= {"image_width": 640, "image_height": 480}
    second = {"R": cv2.Rodrigues(R)[0], "T": T}
    paths = store(tmp_path / "in.yml", first), store(tmp_path / "ex.yml", second)
    _, right = read_opencv_stereo(paths, "mm")
    assert right.resolution == (640, 480)
    np.testing.assert_allclose(right.R, R)


def test_round_trip_keeps_the_cameras_relative_to_the_first(tmp_path, stereo):
    path = tmp_path / "stereo.yml"
    write_opencv_stereo(path, stereo, "m")
    left, right = read_opencv_stereo(path)
    assert (left.name, right.name) == ("left", "right")
    world = np.array([20.0, -30.0, 100.0])
    in_left = stereo[0].to_camera(world)
    np.testing.assert_allclose(left.project(in_left), stereo[0].project(world))
    np.testing.assert_allclose(right.project(in_left), stereo[1].project(world))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"D1": np.ones((1, 8))}, "8 coefficients"),
        ({"K1": K.T.copy()}, "is transposed"),
        ({"T": np.ones((2, 1))}, "T must be 3 finite numbers"),
        ({"R": np.ones((3, 3))}, "not a rotation"),
        ({"T": None}, "holds none of T, t"),
    ],
)
def test_malformed_values(tmp_path, changes, match):
    values = {k: v for k, v in (VALUES | changes).items() if v is not None}
    path = store(tmp_path / "stereo.yml", values)
    with pytest.raises(CalibrationError, match=match) as error:
        read_opencv_stereo(path, "mm", (640, 480))
    assert "stereo.yml" in str(error.value)


def test_a_file_without_image_size_or_unit(tmp_path):
    path = store(tmp_path / "stereo.yml", VALUES)
    with pytest.raises(CalibrationError, match="how large the images are"):
        read_opencv_stereo(path, "mm")
    with pytest.raises(CalibrationError, match="pass unit='mm'"):
        read_opencv_stereo(path, resolution=(640, 480))


def test_files_that_are_no_storage(tmp_path):
    (tmp_path / "bad.yml").write_text("%YAML:1.0\n---\n[: {")
    for name in ("bad.yml", "absent.yml"):
        with pytest.raises(CalibrationError, match=name):
            read_opencv_stereo(tmp_path / name, "mm")


def test_only_pairs_can_be_written(tmp_path, stereo):
    with pytest.raises(CalibrationError, match="exactly two cameras"):
        write_opencv_stereo(tmp_path / "s.yml", stereo[:1])
