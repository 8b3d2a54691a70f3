"""Tests of Anipose and Lightning Pose calibrations."""

import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.calibration_files import (
    read_anipose_toml,
    write_anipose_toml,
)
from tests.recordings.calibration_files.conftest import assert_same_cameras

# As aniposelib's CameraGroup.dump writes it.
ANIPOSE = """
[cam_0]
name = "top"
size = [ 640, 480,]
matrix = [ [ 600.0, 0.0, 320.0,], [ 0.0, 600.0, 240.0,], [ 0.0, 0.0, 1.0,],]
distortions = [ -0.1, 0.0, 0.0, 0.0, 0.0,]
rotation = [ 0.0, 1.5707963267948966, 0.0,]
translation = [ 1.0, 2.0, 3.0,]

[metadata]
adjusted = false
error = 0.3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "calibration.toml"
    path.write_text(ANIPOSE)
    return path


@pytest.mark.parametrize(("unit", "mm"), [("mm", 1), ("cm", 10), (25.4, 25.4)])
def test_anipose_file(file, unit, mm):
    (camera,) = read_anipose_toml(file, unit)
    assert (camera.name, camera.resolution) == ("top", (640, 480))
    np.testing.assert_allclose(camera.t, np.array([1, 2, 3]) * mm)
    # A quarter turn about y takes the world's z axis to the camera's x axis.
    np.testing.assert_allclose(camera.R @ [0, 0, 1], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(camera.distortion, [-0.1, 0, 0, 0, 0])


def test_a_camera_without_a_matrix_is_not_passed_over(file):
    file.write_text(ANIPOSE + '[cam_1]\nname = "side"\nsize = [640, 480]\n')
    with pytest.raises(CalibrationError, match=r"table \[cam_1\] lacks.*'matrix'"):
        read_anipose_toml(file, "mm")


def test_round_trip(tmp_path, stereo):
    path = tmp_path / "out.toml"
    write_anipose_toml(path, stereo, unit="cm")
    assert_same_cameras(read_anipose_toml(path), stereo)
    assert [file.name for file in tmp_path.iterdir()] == ["out.toml"]


def test_the_callers_unit_counts_more_than_the_files(tmp_path, stereo):
    path = tmp_path / "out.toml"
    write_anipose_toml(path, stereo, unit="mm")
    camera, _ = read_anipose_toml(path, unit="cm")
    np.testing.assert_allclose(camera.t, stereo[0].t * 10)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("rotation =", "rotated =", r"table \[cam_0\] lacks the fields \['rotation'\]"),
        ("0.0, 0.0,]\nrot", "0.0, 0.0, 0.1,]\nrot", "has 6 coefficients"),
        ("[ 1.0, 2.0, 3.0,]", "[ 1.0, 2.0,]", "'translation' must be 3 finite"),
        ("[cam_0]", "[cam_0]\nlens_model = 'omni'", "omni lens"),
        ("[cam_0]", "[cam_0", "is not valid TOML"),
        ("matrix = [", "intrinsics = [", r"table \[cam_0\] lacks.*'matrix'"),
        (
            "[ 600.0, 0.0, 320.0,], [ 0.0, 600.0, 240.0,], [ 0.0, 0.0, 1.0,]",
            "[ 600.0, 0.0, 0.0,], [ 0.0, 600.0, 0.0,], [ 320.0, 240.0, 1.0,]",
            "is transposed",
        ),
    ],
)
def test_malformed_files(file, old, new, match):
    assert old in ANIPOSE
    file.write_text(ANIPOSE.replace(old, new))
    with pytest.raises(CalibrationError, match=match) as error:
        read_anipose_toml(file, "mm")
    assert "calibration.toml" in str(error.value)


@pytest.mark.parametrize("unit", [None, "inch", -1])
def test_unknown_unit(file, unit):
    with pytest.raises(CalibrationError, match="pass unit='mm'"):
        read_anipose_toml(file, unit)
