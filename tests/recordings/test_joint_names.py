"""Tests of keypoint names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import FINGERS, JOINT_NAMES
from hand_geo_keras.recordings.joint_names import joint_order
from hand_geo_keras.recordings.joint_orders import ORDERS, named_order

OTHER_WORDS = ("thumb", "index", "middle", "ring", "pinky")
ONEHAND10K = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")


def named(template, joints, fingers=FINGERS, wrist="wrist"):
    """Names of 21 joints; `joints` are a finger's words, or a dict with the thumb's."""
    words = joints if isinstance(joints, dict) else {}
    return [
        wrist,
        *(
            template.format(f=finger, j=joint, F=finger.title(), U=finger.upper())
            for finger in fingers
            for joint in words.get(finger, words.get("finger", joints))
        ),
    ]


STANDARD = {
    "thumb": ("cmc", "mcp", "ip", "tip"),
    "finger": ("mcp", "pip", "dip", "tip"),
}
LOUD = {k: tuple(word.upper() for word in v) for k, v in STANDARD.items()}
OPENXR = {
    "thumb": ("METACARPAL", "PROXIMAL", "DISTAL", "TIP"),
    "finger": ("PROXIMAL", "INTERMEDIATE", "DISTAL", "TIP"),
}
VOCABULARIES = {
    "ours": JOINT_NAMES,
    "MediaPipe": named("{U}_FINGER_{j}", LOUD, wrist="WRIST"),
    "spaces": named("{F} finger {j}", LOUD, wrist="Wrist"),
    "camel case": named("right{F}{j}", LOUD, wrist="rightWrist"),
    "OpenPose": named("{f}{j}", (1, 2, 3, 4)),
    "OneHand10K": named("{f}{j}", (1, 2, 3, 4), ONEHAND10K),
    "COCO-WholeBody": named(
        "right_{f}{j}", (1, 2, 3, 4), ONEHAND10K, "right_hand_root"
    ),
    "InterHand2.6M": named("r_{f}{j}", (1, 2, 3, 4), OTHER_WORDS, "r_wrist"),
    "from zero": named("{f}_{j}", (0, 1, 2, 3), OTHER_WORDS),
    "MANO": named("right_{f}_{j}", (1, 2, 3, "tip"), OTHER_WORDS, "right_wrist"),
    "SMPL-X": named("right_{f}{j}", (1, 2, 3, ""), OTHER_WORDS, "right_wrist"),
    "DexYCB": named("{f}_{j}", ("mcp", "pip", "dip", "tip")),
    "FPHAB": named("{f}{j}", ("MCP", "PIP", "DIP", "TIP"), "TIMRP", "Wrist"),
    "JARVIS": named("{F}_{j}", "PMDT", OTHER_WORDS),
    "OpenXR": named(
        "XR_HAND_JOINT_{U}_{j}_EXT", OPENXR, wrist="XR_HAND_JOINT_WRIST_EXT"
    ),
    "Unity": named("Right {F} {j}", ("Proximal", "Intermediate", "Distal", "Tip")),
    "Mixamo": named("RightHand{F}{j}", (1, 2, 3, 4), OTHER_WORDS, "RightHand"),
    "phalanges": named("{f}_{j}", ("proximal", "middle", "distal", "tip")),
    "0-based numbers": [str(number) for number in range(21)],
    "1-based numbers": [f"kp_{number}" for number in range(1, 22)],
    "numbers of a side": [f"right_hand_{number}" for number in range(21)],
    "with a side": [f"R_{name}" for name in JOINT_NAMES],
}


def single(order):
    return [column[0] if column else None for column in order.columns]


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@settings(deadline=None, max_examples=25)
@given(permutation=st.permutations(range(21)))
def test_known_names_in_any_order(vocabulary, permutation):
    names = [VOCABULARIES[vocabulary][index] for index in permutation]
    order = single(joint_order(names, "file"))
    assert [permutation[index] for index in order] == list(range(21))


def test_names_of_two_sides():
    both = [f"{side}_{name}" for name in JOINT_NAMES for side in "LR"]
    assert single(joint_order(both, "file", "left")) == list(range(0, 42, 2))
    assert single(joint_order(both, "file", "right")) == list(range(1, 42, 2))
    assert len(joint_order(both, "file").ignored) == 21


def test_a_wrist_without_a_side():
    names = ["wrist", *(f"right_{name}" for name in JOINT_NAMES[1:])]
    assert single(joint_order(names, "file")) == list(range(21))


def test_the_wrong_side_is_named():
    names = [f"left_{name}" for name in JOINT_NAMES]
    with pytest.raises(LabelError, match="are of a left hand; choose side='left'"):
        joint_order(names, "file", "right")


def test_parts_of_a_hand_and_other_things():
    names = ["wrist", "palm", "elbow", *(n for n in JOINT_NAMES if n.endswith("tip"))]
    order = joint_order(names, "file")
    assert sum(bool(column) for column in order.columns) == 6
    assert order.ignored == ("palm", "elbow")


def test_both_sides_of_the_wrist_make_a_wrist():
    """JARVIS: U and R are the ulnar and the radial side, R is no right hand."""
    names = [*VOCABULARIES["JARVIS"][1:], "Palm", "Wrist_U", "Wrist_R"]
    order = joint_order(names, "file")
    assert sorted(order.columns[0]) == [21, 22]
    assert all(len(column) == 1 for column in order.columns[1:])
    assert "wrist is the midpoint of Wrist_R and Wrist_U" in order.completed


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["nose", "tail"], "0 are understood"),
        (["wrist"], "1 are understood as joints of the hand"),
        ([*JOINT_NAMES[:-1], "sore"], r"20 are understood.*\['sore'\] are not"),
        ([f"x{name}" for name in "abcdefghijklmnopqrstu"], "0 are understood"),
        ([*JOINT_NAMES, "WRIST"], "mean the same joint"),
        ([str(number) for number in range(20)], "0 are understood"),
        ([str(number) for number in (*range(20), 25)], "0 are understood"),
    ],
)
def test_what_is_not_understood_is_listed(names, match):
    with pytest.raises(LabelError, match=f"labels.csv.*{match}"):
        joint_order(names, "labels.csv")


def test_a_stated_order_needs_no_names():
    names = [f"x{name}" for name in "abcdefghijklmnopqrstu"]
    order = joint_order(names, "file", order="interhand")
    assert single(order)[:5] == [20, 3, 2, 1, 0]
    with pytest.raises(LabelError, match="must be one of openpose, interhand"):
        joint_order(names, "file", order="mine")
    with pytest.raises(LabelError, match="needs 21 keypoints"):
        joint_order(names[1:], "file", order="interhand")


def test_orders_are_permutations():
    for order in ORDERS.values():
        assert sorted(order) == list(range(21))
    assert named_order("FreiHAND") == named_order("openpose order") == list(range(21))
    assert named_order("HO3D") == ORDERS["mano"] and named_order("mine") is None
