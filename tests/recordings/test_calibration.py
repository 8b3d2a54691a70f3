"""Tests of cameras from calibration JSON."""

import json
from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.calibration import camera_entries, camera_from_entry

PATH = Path("calibration_x.json")


def entry(**changes):
    return {
        "name": "00_05",
        "resolution": [64, 48],
        "K": [[80, 0, 32], [0, 80, 24], [0, 0, 1]],
        "distCoef": [-0.2, 0.1, 0, 0, 0],
        "R": np.eye(3).tolist(),
        "t": [[1], [2], [3]],
    } | changes


def test_centimetres_become_millimetres():
    camera = camera_from_entry(entry(), PATH, mm=10.0)
    assert camera.t.tolist() == [10, 20, 30]
    assert camera.distortion.tolist() == [-0.2, 0.1, 0, 0, 0]
    assert camera.resolution == (64, 48)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("K", [[80, 0, 32], [0, 0, 24], [0, 0, 1]]),
        ("R", [[1, 0, 0], [0, 1, 0], [0, 0, 2]]),
        ("R", [[1, 0, 0], [0, 1, 0], [0, 0, -1]]),
        ("t", [1, 2]),
        ("distCoef", [0, 0, 0, 0]),
        ("resolution", [64]),
        ("resolution", "big"),
        ("K", "eye"),
        ("t", None),
    ],
)
def test_impossible_fields_name_file_camera_and_field(field, value):
    with pytest.raises(CalibrationError) as error:
        camera_from_entry(entry(**{field: value}), PATH, mm=1.0)
    message = str(error.value)
    assert "calibration_x.json" in message and "00_05" in message
    assert f"'{field}'" in message


def test_lacking_fields_are_named():
    lacking = entry()
    del lacking["K"], lacking["t"]
    with pytest.raises(CalibrationError, match=r"lacks the fields \['K', 't'\]"):
        camera_from_entry(lacking, PATH, mm=1.0)


@pytest.mark.parametrize(
    ("cameras", "match"),
    [
        (None, "field 'cameras' must be a list"),
        ([], "field 'cameras' must be a list"),
        (["00_05"], "must be an object with a field 'name'"),
        ([{}], "must be an object with a field 'name'"),
        ([entry(), entry()], "names must be distinct"),
    ],
)
def test_malformed_camera_list(cameras, match):
    content = json.loads(json.dumps({"cameras": cameras}))
    with pytest.raises(CalibrationError, match=match):
        camera_entries(content, PATH)
