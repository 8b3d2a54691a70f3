"""Tests of the way between calibration formats."""

import itertools

import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.calibration_files import (
    convert_calibration,
    read_calibration,
    write_rig_json,
)
from tests.recordings.calibration_files.conftest import assert_same_cameras


def test_there_and_back_through_every_format(tmp_path, stereo):
    files = [tmp_path / name for name in ("a.json", "b.toml", "c.yml", "d.json")]
    write_rig_json(files[0], stereo)
    for source, target in itertools.pairwise(files):
        convert_calibration(source, target)
    assert_same_cameras(read_calibration(files[1]), stereo)
    # OpenCV's format starts from the first camera: only relative poses survive.
    left, right = read_calibration(files[3])
    np.testing.assert_allclose(left.R, np.eye(3))
    np.testing.assert_allclose(
        right.R @ left.R.T, stereo[1].R @ stereo[0].R.T, atol=1e-12
    )
    baseline = np.linalg.norm(stereo[1].center - stereo[0].center)
    np.testing.assert_allclose(np.linalg.norm(right.center - left.center), baseline)


def test_real_calibration(shared_dir, tmp_path):
    source = shared_dir / "recordings" / "desk_two_cam" / "calibration.json"
    convert_calibration(source, tmp_path / "desk.toml")
    # The file's rotations are printed with 8 digits, Rodrigues makes them exact.
    expected = read_calibration(source)
    assert_same_cameras(read_calibration(tmp_path / "desk.toml"), expected, atol=1e-6)


def test_unknown_ending(tmp_path, stereo):
    write_rig_json(tmp_path / "a.json", stereo)
    with pytest.raises(CalibrationError, match=r"must be \.json"):
        convert_calibration(tmp_path / "a.json", tmp_path / "b.txt")
