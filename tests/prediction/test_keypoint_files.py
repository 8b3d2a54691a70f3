"""Tests of keypoint files."""

import csv
import json

import numpy as np
import pytest

from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.prediction import HandPrediction
from hand_geo_keras.prediction.keypoint_files import (
    write_keypoints_csv,
    write_keypoints_json,
)


@pytest.fixture
def hands():
    joints = np.arange(63.0).reshape(21, 3)
    pixels, box = np.arange(42.0).reshape(21, 2), np.array([1.0, 2, 3])
    wrist = np.array([10.0, 20, 500])
    return (
        HandPrediction("a.png", 3, "right", box, pixels, joints, wrist),
        HandPrediction("b.png", 4, "left", box, pixels, joints, None),
    )


def test_json(tmp_path, hands):
    path = tmp_path / "k.json"
    write_keypoints_json(path, hands, {"unreadable": 2}, model="M")
    content = json.loads(path.read_text())
    assert content["model"] == "M" and content["skipped"] == {"unreadable": 2}
    assert content["joint_names"] == list(JOINT_NAMES)
    first, second = content["hands"]
    assert (first["source"], first["frame"], first["side"]) == ("a.png", 3, "right")
    np.testing.assert_array_equal(
        first["camera_joints_mm"], hands[0].joints + hands[0].wrist
    )
    assert second["wrist_mm"] is None and second["camera_joints_mm"] is None
    np.testing.assert_array_equal(second["joints_mm"], hands[1].joints)
    assert [file.name for file in tmp_path.iterdir()] == ["k.json"]


def test_csv(tmp_path, hands):
    path = tmp_path / "k.csv"
    write_keypoints_csv(path, hands)
    with path.open() as file:
        first, second = csv.DictReader(file)
    assert (first["position"], second["position"]) == ("camera", "wrist")
    assert float(first["index_mcp_u"]) == hands[0].pixels[5, 0]
    assert float(first["little_tip_z"]) == hands[0].joints[20, 2] + 500
    assert float(second["little_tip_z"]) == hands[1].joints[20, 2]
    assert len(first) == 6 + 5 * 21
