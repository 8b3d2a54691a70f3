"""Files that state a fisheye lens are read as one, and written as one."""

import dataclasses

import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.calibration_files import (
    convert_calibration,
    read_calibration,
)
from tests.recordings.calibration_files.conftest import assert_same_cameras
from tests.recordings.calibration_files.test_calibration_formats import (
    assert_same_pair,
    kalibr,
    matrix,
    opencv,
    write_easymocap,
)

FOUR = np.array([0.05, 0.01, -0.002, 0.0007])


@pytest.fixture
def fisheyes(stereo):
    return [dataclasses.replace(c, distortion=FOUR, lens="fisheye") for c in stereo]


def assert_fisheyes(cameras):
    assert [camera.lens for camera in cameras] == ["fisheye"] * 2


def test_kalibr(tmp_path, fisheyes):
    path = tmp_path / "camchain.yaml"
    path.write_text(kalibr(fisheyes, distortion_model="equidistant"))
    cameras = read_calibration(path)
    assert_fisheyes(cameras)
    assert_same_pair(cameras, fisheyes)


@pytest.mark.parametrize(
    "line", ["camera_model: fisheye", "model: KANNALA_BRANDT", "fisheye: 1"]
)
def test_opencv(tmp_path, fisheyes, line):
    path = tmp_path / "stereo.yml"
    text = opencv(fisheyes).replace("K1:", f"{line}\nK1:", 1)
    # cv2.fisheye.calibrate gives a column, others a row.
    path.write_text(text.replace(matrix("D1", FOUR), matrix("D1", FOUR[:, None])))
    cameras = read_calibration(path, "mm")
    assert_fisheyes(cameras)
    assert_same_pair(cameras, fisheyes)


def test_easymocap(tmp_path, fisheyes):
    folder = write_easymocap(tmp_path, fisheyes, sizes=True)
    lines = "".join(f"model_{camera.name}: fisheye\n" for camera in fisheyes)
    (folder / "intri.yml").write_text((folder / "intri.yml").read_text() + lines)
    cameras = read_calibration(folder, unit="m")
    assert_fisheyes(cameras)
    assert_same_cameras(cameras, fisheyes)


@pytest.mark.parametrize("name", ["calibration.json", "calibration.toml", "pair.yml"])
def test_there_and_back(tmp_path, fisheyes, name):
    kalibr_file = tmp_path / "camchain.yaml"
    kalibr_file.write_text(kalibr(fisheyes, distortion_model="equidistant"))
    convert_calibration(kalibr_file, tmp_path / name)
    cameras = read_calibration(tmp_path / name)
    assert_fisheyes(cameras)
    assert_same_pair(cameras, fisheyes)


def test_two_lens_models_do_not_go_into_one_opencv_file(tmp_path, stereo, fisheyes):
    from hand_geo_keras.recordings.calibration_files.opencv_stereo import (
        write_opencv_stereo,
    )

    with pytest.raises(CalibrationError, match="one lens model"):
        write_opencv_stereo(tmp_path / "a.yml", [stereo[0], fisheyes[1]])
