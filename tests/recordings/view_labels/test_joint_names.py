"""Tests of keypoint names."""

import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import FINGERS, JOINT_NAMES
from hand_geo_keras.recordings.view_labels.joint_names import joint_order

MEDIAPIPE = [
    name.upper()
    .replace("LITTLE", "PINKY")
    .replace("_MCP", "_FINGER_MCP" if "thumb" not in name else "_MCP")
    for name in JOINT_NAMES
]


@pytest.mark.parametrize(
    "names",
    [
        JOINT_NAMES,
        MEDIAPIPE,
        [name.replace("_", " ").title() for name in JOINT_NAMES],
        [f"R_{name}" for name in JOINT_NAMES],
        ["wrist", *(f"{finger}{n}" for finger in FINGERS for n in (1, 2, 3, 4))],
        [f"p{i}" for i in range(21)],
    ],
)
def test_known_names(names):
    assert joint_order(names, "file") == list(range(21))


def test_other_orders_and_missing_joints():
    order = joint_order(["index_tip", "elbow", "wrist"], "file")
    assert (order[0], order[8]) == (2, 0)
    assert sum(index is None for index in order) == 19


def test_unknown_names():
    with pytest.raises(LabelError, match=r"labels\.csv: the keypoints are neither"):
        joint_order(["nose", "tail"], "labels.csv")
