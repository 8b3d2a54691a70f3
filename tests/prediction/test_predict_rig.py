"""Hands of a rig that nobody boxed, seen by a tracker that knows where they are."""

import json

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction import OneEuroSettings, predict_rig, rig_hands
from hand_geo_keras.recordings.rig_labels import read_hands3d
from tests.models.test_joint_encoder import tiny
from tests.motion_files.conftest import moving_joints
from tests.prediction.conftest import Oracle, make_camera
from tests.prediction.test_fuse_readings import read
from tests.recordings.rig_check.conftest import MemoryRig

COUNT = 12
ANGLES = {"a": -0.6, "b": 0.0, "c": 0.6}


@pytest.fixture(scope="module")
def model():
    return PoseEstimator(tiny(), LiftHead(25))


@pytest.fixture
def hands():
    """World joints of both hands by side."""
    right = moving_joints(COUNT, bend=0.3) / 3
    right -= right.mean((0, 1))
    return {"right": right, "left": right * [-1, 1, 1] + [70, 0, 0]}


@pytest.fixture
def rig():
    cameras = [
        make_camera(name, angle, size=(64, 48)) for name, angle in ANGLES.items()
    ]
    return MemoryRig(cameras, {}, num_frames=COUNT)


@pytest.fixture
def track(monkeypatch, hands):
    """Trackers see the hands; dict from (camera, frame) to what is seen instead."""
    wrong, rng = {}, np.random.default_rng(0)

    class Tracker:
        def __init__(self, reader, sides):
            (self.side,), self.frame = sides, -1

        def __call__(self, image, camera):
            self.frame += 1
            joints = hands[self.side][self.frame]
            joints = wrong.get((camera.name, self.frame), joints)
            if joints is None:
                return []
            seed = rng.integers(1000)
            return [(0, self.side, read(camera, joints, noise=0.02, seed=seed))]

    monkeypatch.setattr(rig_hands, "HandTracker", Tracker)
    return wrong


def test_both_hands_are_found_without_boxes_and_exported(
    model, rig, hands, track, tmp_path
):
    out = tmp_path / "out" / "hands3d.json"
    found = predict_rig(
        model, rig, ("right", "left"), out_file=out, formats=["bvh"], progress=False
    )
    for side, joints in hands.items():
        assert list(found.hands[side]) == list(range(COUNT))
        assert set(found.views[side].values()) == {3}
        errors = np.stack(list(found.hands[side].values())) - joints
        assert np.linalg.norm(errors, axis=-1).mean() < 1.5
    names = {"hands3d.json", "hand_right.bvh", "hand_left.bvh"}
    assert {file.name for file in found.files} == names
    written = read_hands3d(out, "me")
    assert [hand.side for hand in written[3]] == ["right", "left"]
    np.testing.assert_allclose(written[3][1].joints, found.hands["left"][3], atol=1e-3)


def test_views_that_see_something_else_are_dropped(model, rig, hands, track):
    track["b", 2] = hands["right"][2] + [60, 40, 0]
    track["a", 5] = track["b", 5] = track["c", 5] = None
    track["a", 7] = None
    track["b", 7] = hands["right"][7] + [0, 90, 0]
    found = predict_rig(model, rig, progress=False)
    assert found.views["right"][2] == 2
    assert found.skipped == {"no hand found in any view": 1, "views disagree": 1}
    assert set(range(COUNT)) - set(found.hands["right"]) == {5, 7}
    error = np.linalg.norm(found.hands["right"][2] - hands["right"][2], axis=-1)
    assert error.mean() < 2


def test_one_hand_seen_as_both_is_one(model, rig, hands, track):
    hands["left"] = hands["right"]
    found = predict_rig(model, rig, ("right", "left"), progress=False)
    assert not found.hands["left"] and len(found.hands["right"]) == COUNT
    (reason,) = found.skipped
    assert reason.startswith("left: the other hand")


def test_smoothing_starts_anew_after_a_gap(model, rig, hands, track, tmp_path):
    track.update({(name, 6): None for name in ANGLES})
    settings = OneEuroSettings(0.5, 0.0)
    out = tmp_path / "hands3d.json"
    found = predict_rig(model, rig, smoothing=settings, out_file=out, progress=False)
    assert found.jitter["smoothed"] < found.jitter["raw"]
    moved = found.hands["right"]
    raw = hands["right"]
    assert np.abs(moved[7] - raw[7]).mean() < 1.5  # not pulled towards frame 5
    assert np.abs(moved[5] - raw[5]).mean() > np.abs(moved[7] - raw[7]).mean()
    content = json.loads(out.read_text())
    assert content["smoothing"]["min_cutoff_hz"] == 0.5
    assert content["jitter_mm_per_frame"] == found.jitter


def test_one_view_takes_the_known_size(model, rig, hands, track):
    track.update({(name, n): None for name in ("a", "c") for n in range(COUNT)})
    found = predict_rig(model, rig, bone_length_mm=300.0, progress=False)
    lengths = bone_lengths(list(found.hands["right"].values())).sum(-1)
    np.testing.assert_allclose(lengths, 300, rtol=0.02)


def test_models_that_cannot_search_need_boxes(rig):
    with pytest.raises(LabelError, match="finds no hands by itself"):
        predict_rig(Oracle([]), rig, progress=False)
