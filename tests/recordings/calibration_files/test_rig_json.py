"""Tests of the rig's own JSON without its videos."""

import json

import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings import RigRecording
from hand_geo_keras.recordings.calibration_files import read_rig_json, write_rig_json
from tests.recordings.calibration_files.conftest import assert_same_cameras
from tests.recordings.conftest import write_video


@pytest.mark.parametrize("unit", ["mm", "m"])
def test_round_trip(tmp_path, stereo, unit):
    path = tmp_path / "calibration.json"
    write_rig_json(path, stereo, fps=25, offsets={"right": 3}, unit=unit)
    assert_same_cameras(read_rig_json(path), stereo)
    content = json.loads(path.read_text())
    assert (content["fps"], content["unit"]) == (25, unit)
    assert [entry["frame_offset"] for entry in content["cameras"]] == [0, 3]


def test_the_rig_opens_with_videos_found_by_name(tmp_path, stereo):
    write_video(tmp_path / "day1_left.mp4", size=(640, 480))
    write_video(tmp_path / "right.avi.mp4", size=(640, 480))
    write_video(tmp_path / "right.mp4", size=(640, 480))
    write_rig_json(tmp_path / "calibration.json", stereo)
    recording = RigRecording(tmp_path)
    videos = json.loads((tmp_path / "calibration.json").read_text())["cameras"]
    assert [entry["video"] for entry in videos] == ["day1_left.mp4", "right.mp4"]
    assert_same_cameras(recording.cameras, stereo)
    assert recording.fps == 30


def test_a_file_without_unit_needs_one(tmp_path, stereo):
    path = tmp_path / "calibration.json"
    write_rig_json(path, stereo)
    content = json.loads(path.read_text())
    del content["unit"]
    path.write_text(json.dumps(content))
    with pytest.raises(CalibrationError, match="field 'unit'"):
        read_rig_json(path)
    assert_same_cameras(read_rig_json(path, "mm"), stereo)
