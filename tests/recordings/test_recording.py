"""Tests of what all recordings share, on a tiny rig."""

import pickle

import numpy as np
import pytest

from hand_geo_keras.recordings import open_recording, write_rig
from hand_geo_keras.recordings.recording import sees
from tests.recordings.conftest import (
    NUM_FRAMES,
    damage_frame,
    make_camera,
    make_hand,
    write_video,
)


def shades(frames):
    return {
        i: None if image is None else round(image.mean() / 10) for i, image in frames
    }


def test_frames_come_in_order_each_once(rig_dir):
    recording = open_recording(rig_dir)
    indices = [index for index, _ in recording.frames("front", np.array([7, 1, 7]))]
    assert indices == [1, 7]
    assert len(list(recording.frames("side"))) == NUM_FRAMES


def test_unreadable_frame_is_none_and_reported_once(rig_dir):
    damage_frame(rig_dir / "side.mp4", 6)
    recording = open_recording(rig_dir)
    for _ in range(2):
        assert shades(recording.frames("side", [5, 6, 7])) == {5: 5, 6: None, 7: 7}
    (problem,) = recording.problems
    assert problem.file.endswith("side.mp4")
    assert (problem.kind, problem.frame, problem.camera) == (
        "unreadable frame",
        6,
        "side",
    )
    assert recording.problem_counts == {"unreadable frame": 1}


def test_unknown_camera_and_frame(rig_dir):
    recording = open_recording(rig_dir)
    with pytest.raises(ValueError, match="Received: name='top'"):
        recording.frames("top")
    with pytest.raises(ValueError, match="has frames 0 to 11"):
        recording.frames("front", [12])
    with pytest.raises(ValueError, match="has frames 0 to 11"):
        recording.frames("front", [-1])


def test_unlabelled_frame_has_no_hands(rig_dir):
    recording = open_recording(rig_dir)
    assert recording.hands(0) == ()
    assert recording.labelled_frames == tuple(range(2, 10))


def test_hands_that_cannot_be_used_are_left_out_and_named(rig_dir, cameras):
    lost = make_hand(center=(5000, 0, 0), id=1)
    empty = make_hand("left")
    empty.valid[:] = False
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    write_rig(rig_dir, cameras, videos, 30, hands={4: [lost, make_hand(), empty]})
    recording = open_recording(rig_dir)
    assert [hand.side for hand in recording.hands(4)] == ["right"]
    assert [(p.kind, p.frame) for p in recording.problems] == [
        ("right hand outside every view", 4),
        ("left hand without joints", 4),
    ]
    assert all(p.file.endswith("hands3d.json") for p in recording.problems)


def test_a_hand_behind_the_camera_is_not_seen():
    camera = make_camera("front", 0.0)
    assert sees(camera, make_hand())
    assert not sees(camera, make_hand(center=(0, 0, -1000)))


def test_frame_offset_aligns_cameras(rig_dir, cameras):
    """Instant i is frame i + offset, and what the camera lacks is known-missing."""
    write_video(rig_dir / "front.mp4", NUM_FRAMES + 2)
    write_video(rig_dir / "side.mp4", NUM_FRAMES - 1)
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    write_rig(rig_dir, cameras, videos, 30, offsets={"front": 2, "side": -1})
    recording = open_recording(rig_dir)
    assert recording.num_frames == NUM_FRAMES
    assert recording.missing_frames == {"front": frozenset(), "side": {0}}
    assert shades(recording.frames("front", [0, 5])) == {0: 2, 5: 7}
    assert shades(recording.frames("side", [0, 5])) == {0: None, 5: 4}
    assert recording.problems == ()


def test_pickles_for_parallel_workers(rig_dir):
    recording = pickle.loads(pickle.dumps(open_recording(rig_dir)))
    assert shades(recording.frames("front", [3])) == {3: 3}
    assert recording.hands(2)[0].subject == "anna"
