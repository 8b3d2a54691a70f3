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


def test_what_is_said_of_the_recording_outlives_a_new_calibration(tmp_path, stereo):
    path = tmp_path / "calibration.json"
    for name in ("left.mp4", "take2.mp4", "right.mp4"):
        (tmp_path / name).touch()
    given = {"left": "take2.mp4", "right": "gone.mp4"}
    write_rig_json(path, stereo, given, 25, {"left": 4, "right": 3})
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "subject": "anna"}))
    with pytest.warns(UserWarning, match=r"subject, fps, video, frame_offset$"):
        write_rig_json(path, stereo)
    after = json.loads(path.read_text())
    assert (after["subject"], after["fps"]) == ("anna", 25)
    # A video that is gone is searched for, and its offset is not that of another.
    said = [(entry["video"], entry["frame_offset"]) for entry in after["cameras"]]
    assert said == [("take2.mp4", 4), ("right.mp4", 0)]
    with pytest.warns(UserWarning, match=r"recording: subject, video$"):
        write_rig_json(path, stereo, fps=50, offsets={"right": 7})
    after = json.loads(path.read_text())
    said = [(entry["video"], entry["frame_offset"]) for entry in after["cameras"]]
    assert said == [("take2.mp4", 0), ("right.mp4", 7)] and after["fps"] == 50


def test_patterns_of_images_are_kept_and_damaged_files_replaced(tmp_path, stereo):
    path = tmp_path / "calibration.json"
    (tmp_path / "images").mkdir()
    write_rig_json(path, stereo, {"left": "images/left_%06d.png"})
    with pytest.warns(UserWarning, match="recording: video$"):
        write_rig_json(path, stereo)
    assert json.loads(path.read_text())["cameras"][0]["video"].startswith("images/")
    path.write_text('{"cameras": [')
    write_rig_json(path, stereo)
    assert_same_cameras(read_rig_json(path), stereo)
