"""Tests of the label files of a plain rig."""

import json

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.recordings import RigRecording
from hand_geo_keras.recordings.joint_orders import ORDERS
from tests.recordings.conftest import edit_json, make_hand


def minimal_entry(**changes):
    return {"frame": 3, "hand": "right", "landmarks": [1.0] * 63} | changes


def test_optional_fields_of_a_label_have_defaults(rig_dir):
    landmarks = [1.0] * 60 + [None] * 3
    entry = minimal_entry(landmarks=landmarks)
    edit_json(rig_dir / "hands3d.json", frames=[entry])
    (hand,) = RigRecording(rig_dir).hands(3)
    assert hand.subject == "rig"
    assert hand.valid.tolist() == [True] * 20 + [False]
    assert hand.score.tolist() == [1] * 21
    edit_json(rig_dir / "calibration.json", subject="clara")
    assert RigRecording(rig_dir).hands(3)[0].subject == "clara"


def test_label_past_the_end_is_counted(rig_dir):
    entries = [minimal_entry(), minimal_entry(frame=12)]
    edit_json(rig_dir / "hands3d.json", frames=entries)
    recording = RigRecording(rig_dir)
    assert recording.labelled_frames == (3,)
    assert [(p.kind, p.frame) for p in recording.problems] == [
        ("label past the end", 12)
    ]


@pytest.mark.parametrize(
    ("frames", "match"),
    [
        ({}, "field 'frames' must be a list"),
        ([7], "entry 0 of 'frames' must be an object"),
        ([minimal_entry(frame=-1)], "field 'frame' must be a 0-based index"),
        ([minimal_entry(hand="both")], "Received: hand='both'"),
        (
            [minimal_entry(), minimal_entry(frame=4, landmarks=[1.0] * 62)],
            r"entry 1 of 'frames' \(frame 4\): field 'landmarks' .* 62 values",
        ),
        ([minimal_entry(landmarks="none")], "field 'landmarks' must be a flat list"),
        ([{"frame": 3, "hand": "left"}], "field 'landmarks' must be a flat list"),
        ([minimal_entry(reprojection_px=[1.0])], "field 'reprojection_px'"),
        ([minimal_entry(frame=10**30)], "field 'frame' must be a 0-based index"),
        ([minimal_entry(landmarks=[10**400] * 63)], "must be 63 finite numbers"),
        ([minimal_entry(landmarks=[1e300] * 63)], "must be finite and below"),
        ([minimal_entry(id="one")], "field 'id' must be a whole number"),
        ([minimal_entry(score=[95] * 21)], "between 0 and 1; divide percentages"),
        ([minimal_entry(score=[-1] * 21)], "between 0 and 1"),
        (
            [minimal_entry(), minimal_entry(landmarks=[2.0] * 63)],
            "labels the right hand of 'rig' a second time",
        ),
    ],
)
def test_malformed_labels(rig_dir, frames, match):
    edit_json(rig_dir / "hands3d.json", frames=frames)
    with pytest.raises(LabelError, match=match) as error:
        RigRecording(rig_dir)
    assert "hands3d.json" in str(error.value)


def test_half_written_labels(rig_dir):
    path = rig_dir / "hands3d.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(LabelError, match=r"hands3d\.json: is not valid JSON"):
        RigRecording(rig_dir)


def test_boxes(rig_dir):
    track = {"4": [1, 2, 3], "12": [1, 2, 3]}
    tracks = {"front": {"box": [30, 20, 10]}, "side": {"frames": track}}
    (rig_dir / "boxes.json").write_text(json.dumps(tracks))
    recording = RigRecording(rig_dir)
    assert recording.boxes("front", 0) == (30, 20, 10)
    assert recording.boxes("side", 4) == (1, 2, 3)
    assert recording.boxes("side", 5) is None
    (problem,) = recording.problems
    assert (problem.kind, problem.frame) == ("box past the end", 12)


@pytest.mark.parametrize(
    ("tracks", "match"),
    [
        ({"top": {"box": [1, 2, 3]}}, r"names the cameras \['top'\]"),
        ({"side": {}}, "needs a field 'box'"),
        ({"side": {"box": [1, 2, 0]}}, "with a positive side"),
        ({"side": {"box": [1, 2]}}, "with a positive side"),
        ({"side": {"frames": {"x": [1, 2, 3]}}}, "keyed by 0-based frame"),
        ({"side": {"frames": {"1": [1, None, 3]}}}, r"field 'frames\[1\]'"),
    ],
)
def test_malformed_boxes(rig_dir, tracks, match):
    (rig_dir / "boxes.json").write_text(json.dumps(tracks))
    with pytest.raises(LabelError, match=match) as error:
        RigRecording(rig_dir)
    assert "boxes.json" in str(error.value)


def test_equal_entries_become_one(rig_dir):
    edit_json(rig_dir / "hands3d.json", frames=[minimal_entry(), minimal_entry()])
    assert len(RigRecording(rig_dir).hands(3)) == 1


@pytest.mark.parametrize(
    "order",
    [
        ", ".join(JOINT_NAMES[::-1]),
        list(JOINT_NAMES[::-1]),
        [f"{name}_joint" for name in JOINT_NAMES[::-1]],
    ],
)
def test_the_order_in_the_file_is_honoured(rig_dir, order):
    joints = make_hand().joints
    entry = minimal_entry(landmarks=joints[::-1].ravel().tolist())
    edit_json(rig_dir / "hands3d.json", frames=[entry], order=order)
    (hand,) = RigRecording(rig_dir).hands(3)
    np.testing.assert_allclose(hand.joints, joints)


def test_orders_by_name_and_in_prose(rig_dir):
    joints = make_hand().joints
    prose = "wrist, thumb 1-4, index 5-8, middle 9-12, ring 13-16, little 17-20, "
    for order, text in (
        (ORDERS["openpose"], "MediaPipe order"),
        (ORDERS["openpose"], f"{prose}each from the palm to the tip"),
        (ORDERS["tip_first"], f"{prose}each from the tip to the palm"),
        (ORDERS["interhand"], "InterHand2.6M"),
        (ORDERS["mano"], "MANO"),
    ):
        entry = minimal_entry(landmarks=joints[order].ravel().tolist())
        edit_json(rig_dir / "hands3d.json", frames=[entry], order=text)
        (hand,) = RigRecording(rig_dir).hands(3)
        np.testing.assert_allclose(hand.joints, joints, err_msg=text)


@pytest.mark.parametrize("order", ["as in my lab", ["wrist"] * 21, 7, "a, b"])
def test_orders_that_are_not_understood(rig_dir, order):
    edit_json(rig_dir / "hands3d.json", frames=[minimal_entry()], order=order)
    with pytest.raises(LabelError, match="order"):
        RigRecording(rig_dir)
