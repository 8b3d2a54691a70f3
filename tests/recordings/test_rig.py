"""Tests of plain rigs."""

import json

import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError, RecordingError
from hand_geo_keras.recordings import RigRecording, write_rig
from tests.recordings.conftest import edit_json, make_hand, write_video


@pytest.mark.parametrize(("unit", "mm"), [("mm", 1), ("cm", 10), ("m", 1000)])
def test_units(rig_dir, cameras, unit, mm):
    edit_json(rig_dir / "calibration.json", unit=unit)
    edit_json(rig_dir / "hands3d.json", unit=unit)
    recording = RigRecording(rig_dir)
    np.testing.assert_allclose(recording.cameras[0].t, cameras[0].t * mm)
    (hand,) = recording.hands(2)
    np.testing.assert_allclose(hand.joints, make_hand().joints * mm)


def test_few_surplus_frames_are_dropped_and_reported(rig_dir):
    write_video(rig_dir / "side.mp4", 15)
    recording = RigRecording(rig_dir)
    assert recording.num_frames == 12
    (problem,) = recording.problems
    assert problem.kind == "3 surplus frames at the end unused"
    assert problem.camera == "side"


def test_unequal_frame_counts(rig_dir):
    write_video(rig_dir / "side.mp4", 20)
    with pytest.raises(RecordingError) as error:
        RigRecording(rig_dir)
    message = str(error.value)
    for part in ("front.mp4 has 12", "side.mp4 has 20", "frame_offset"):
        assert part in message


def test_missing_video(rig_dir):
    (rig_dir / "side.mp4").unlink()
    with pytest.raises(RecordingError, match=r"side\.mp4: the video is missing"):
        RigRecording(rig_dir)


def test_video_of_another_size(rig_dir):
    write_video(rig_dir / "side.mp4", size=(32, 24))
    with pytest.raises(RecordingError, match=r"side\.mp4: its frames have"):
        RigRecording(rig_dir)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"unit": None}, "field 'unit' must be one of mm, cm, m"),
        ({"unit": "inch"}, "Received: unit='inch'"),
        ({"fps": 0}, "field 'fps' must be a positive number"),
        ({"fps": "fast"}, "field 'fps' must be a positive number"),
        ({"cameras": {}}, "field 'cameras' must be a list"),
    ],
)
def test_malformed_calibration(rig_dir, changes, match):
    edit_json(rig_dir / "calibration.json", **changes)
    with pytest.raises(CalibrationError, match=match) as error:
        RigRecording(rig_dir)
    assert "calibration.json" in str(error.value)


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        ("K", np.zeros((3, 3)).tolist(), "'K' is singular"),
        ("R", (2 * np.eye(3)).tolist(), "'R' is not a rotation"),
        ("video", None, "needs a field 'video'"),
        ("frame_offset", 0.5, "'frame_offset' must be a whole number"),
    ],
)
def test_malformed_camera(rig_dir, field, value, match):
    path = rig_dir / "calibration.json"
    cameras = json.loads(path.read_text())["cameras"]
    cameras[1][field] = value
    edit_json(path, cameras=cameras)
    with pytest.raises(CalibrationError, match=match) as error:
        RigRecording(rig_dir)
    assert "calibration.json" in str(error.value) and "side" in str(error.value)


def test_offset_beyond_the_video(rig_dir, cameras):
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    write_rig(rig_dir, cameras, videos, 30, offsets={"side": 12})
    with pytest.raises(RecordingError, match="'frame_offset' of camera 'side' leaves"):
        RigRecording(rig_dir)


def test_desk_two_cam(shared_dir):
    """The labels reproject into both views as well as the recording says."""
    recording = RigRecording(shared_dir / "recordings" / "desk_two_cam")
    assert recording.num_frames == 378 and recording.fps == 30
    assert len(recording.labelled_frames) == 270
    assert recording.labelled_frames[0] == 12
    hands = [recording.hands(frame) for frame in recording.labelled_frames]
    assert {len(hand) for hand in hands} == {1}
    assert {hand.side for (hand,) in hands} == {"right"}
    assert np.mean([hand.reprojection_px for (hand,) in hands]) < 8
    for camera in recording.cameras:
        pixels = camera.project(np.stack([hand.joints for (hand,) in hands]))
        assert np.mean((pixels > 0) & (pixels < 720)) > 0.95
    assert recording.problems == ()
