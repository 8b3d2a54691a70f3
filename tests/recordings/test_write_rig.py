"""Tests of writing rigs."""

import json

import numpy as np

from hand_geo_keras.recordings import RigRecording, write_rig
from tests.recordings.conftest import make_hand


def test_written_rig_reads_back(rig_dir, cameras):
    recording = RigRecording(rig_dir)
    assert (recording.name, recording.fps) == ("rig", 30)
    for camera, expected in zip(recording.cameras, cameras, strict=True):
        assert (camera.name, camera.resolution) == (expected.name, expected.resolution)
        for field in ("K", "distortion", "R", "t"):
            np.testing.assert_array_equal(
                getattr(camera, field), getattr(expected, field)
            )
    (hand,) = recording.hands(2)
    np.testing.assert_array_equal(hand.joints, make_hand().joints)
    assert hand.joints.dtype == np.float64 and hand.valid.dtype == bool
    assert hand.score.dtype == hand.reprojection_px.dtype == np.float32


def test_left_hands_subjects_and_ids_read_back(rig_dir, cameras):
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    hands = {5: [make_hand("left", subject="ben", id=7), make_hand()]}
    write_rig(rig_dir, cameras, videos, 30, hands=hands)
    read = RigRecording(rig_dir).hands(5)
    assert [(h.side, h.subject, h.id) for h in read] == [
        ("left", "ben", 7),
        ("right", "anna", 0),
    ]


def test_joints_that_nobody_located_are_null(rig_dir, cameras):
    hand = make_hand()
    hand.joints[3] = np.nan
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    write_rig(rig_dir, cameras, videos, 30, hands={0: [hand]})
    written = json.loads((rig_dir / "hands3d.json").read_text())["frames"][0]
    assert written["landmarks"][9:12] == [None] * 3
    (read,) = RigRecording(rig_dir).hands(0)
    assert np.flatnonzero(~read.valid).tolist() == [3]


def test_no_partial_files_stay(rig_dir):
    names = {path.name for path in rig_dir.iterdir()}
    assert names == {"front.mp4", "side.mp4", "calibration.json", "hands3d.json"}
