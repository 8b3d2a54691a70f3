"""Tests of plain rigs."""

import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError, RecordingError
from hand_geo_keras.recordings import RigRecording, write_rig
from tests.recordings.conftest import edit_json, make_hand, write_video
from tests.recordings.test_image_frames import write_images
from tests.recordings.test_video_frames import set_avi_count, write_avi


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


def test_one_video_is_not_taken_for_two_cameras(rig_dir):
    path = rig_dir / "calibration.json"
    calibration = json.loads(path.read_text())
    for camera in calibration["cameras"]:
        camera["video"] = "front.mp4"
    path.write_text(json.dumps(calibration))
    with pytest.raises(CalibrationError, match="'front' and 'side' have the same"):
        RigRecording(rig_dir)


def test_one_folder_with_the_images_of_two_cameras(rig_dir):
    path = rig_dir / "calibration.json"
    calibration = json.loads(path.read_text())
    for camera in calibration["cameras"]:
        name = camera["name"]
        camera["video"] = f"images/{name}_%04d.png"
        write_images(rig_dir / "images", *(f"{name}_{i:04d}.png" for i in range(12)))
    path.write_text(json.dumps(calibration))
    recording = RigRecording(rig_dir)
    assert len(recording.media_files("front")) == recording.num_frames == 12
    calibration["cameras"][1]["video"] = "images/front_*.png"
    path.write_text(json.dumps(calibration))
    with pytest.raises(CalibrationError, match="'front' and 'side' have the same"):
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
        ({"fps": 1e400}, "field 'fps' must be a positive number"),
        ({"unit": ["mm"]}, "field 'unit' must be one of"),
        ({"cameras": {}}, "field 'cameras' must be a list"),
        ({"cameras": [{"name": "../cam0"}]}, "may not hold slashes"),
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
        ("frame_offset", True, "'frame_offset' must be a whole number"),
        ("resolution", [64.5, 48], "two whole numbers"),
        ("model", "fisheye", "'distCoef' must be 4 finite numbers"),
        ("model", "omni", "describes a omni lens"),
        ("video", "a\0.mp4", "is no file name"),
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


def test_folders_of_images_are_cameras(rig_dir, cameras):
    """Each camera by its folder or by a pattern, one of them counted from 1."""
    for name, first in (("front", 0), ("side", 1)):
        (rig_dir / name).mkdir()
        for index in range(12):
            image = np.full((48, 64, 3), 10 * index, np.uint8)
            cv2.imwrite(str(rig_dir / name / f"{index + first:06d}.png"), image)
    videos = {"front": "front", "side": "side/%06d.png"}
    write_rig(rig_dir, cameras, videos, 30, offsets={"side": 1})
    recording = RigRecording(rig_dir)
    assert recording.num_frames == 12
    for name in videos:
        shades = [image.mean() / 10 for _, image in recording.frames(name)]
        assert shades == list(range(12))
    path = rig_dir / "calibration.json"
    edit_json(path, fps=None)
    with pytest.raises(CalibrationError, match="needs a field 'fps'"):
        RigRecording(rig_dir)


def test_an_unfinished_video_may_be_shorter(rig_dir):
    front, side = (rig_dir / f"{name}.avi" for name in ("front", "side"))
    for path, count in ((front, 40), (side, 25)):
        write_avi(path, count)
        set_avi_count(path, 0)
    calibration = json.loads((rig_dir / "calibration.json").read_text())
    for entry in calibration["cameras"]:
        entry["video"] = f"{entry['name']}.avi"
    (rig_dir / "calibration.json").write_text(json.dumps(calibration))
    recording = RigRecording(rig_dir)
    assert recording.num_frames == 25
    assert recording.problem_counts["15 surplus frames at the end unused"] == 1


def test_videos_of_two_rates(rig_dir, cameras):
    path = rig_dir / "side.mp4"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (64, 48))
    for _ in range(12):
        video.write(np.zeros((48, 64, 3), np.uint8))
    video.release()
    with pytest.raises(RecordingError, match=r"has 25 frames per second.*has 30"):
        RigRecording(rig_dir)


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
