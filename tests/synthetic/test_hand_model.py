import numpy as np
import pytest

from hand_geo_keras.geometry.skeleton import EDGES
from hand_geo_keras.synthetic.hand_model import (
    ASSET,
    HandModel,
    HandPose,
    fine_mesh,
    load_asset,
)
from hand_geo_keras.synthetic.poses import SHAPES

STRAIGHT = HandPose(np.zeros((5, 4)), np.zeros(2))


def shaped(name):
    return HandPose(np.asarray(SHAPES[name], np.float64), np.zeros(2))


@pytest.fixture(scope="module")
def hand():
    return HandModel(np.zeros(12))


def bone_lengths(joints):
    return np.array([np.linalg.norm(joints[a] - joints[b]) for a, b in EDGES])


def test_asset_is_small_and_has_its_notice():
    assert ASSET.stat().st_size < 1e6
    notice = ASSET.with_name("NOTICE").read_text()
    assert "CC0" in notice and "Apache" in notice


def test_mesh_is_closed_and_faces_outwards():
    asset = load_asset()
    for verts, faces in (
        (asset["verts"], asset["faces"]),
        (fine_mesh(asset["verts"])[0], asset["fine_faces"]),
    ):
        a, b, c = (verts[faces[:, k]].astype(np.float64) for k in range(3))
        # A closed surface's area vectors cancel out; its volume is positive.
        assert np.abs(np.cross(b - a, c - a).sum(0)).max() < 1.0
        assert (a * np.cross(b, c)).sum() / 6 > 1e6


def test_posing_keeps_bone_lengths(hand):
    _, straight = hand.posed(STRAIGHT)
    _, fist = hand.posed(shaped("fist"))
    # Tips are vertices and the thumb's base rotates about its own root: all rigid.
    np.testing.assert_allclose(
        bone_lengths(fist)[1:4], bone_lengths(straight)[1:4], rtol=1e-5
    )
    np.testing.assert_allclose(
        bone_lengths(fist)[5:8], bone_lengths(straight)[5:8], rtol=1e-5
    )


def test_adult_hand_size(hand):
    _, joints = hand.posed(STRAIGHT)
    assert 160 < np.linalg.norm(joints[12] - joints[0]) < 200
    assert 60 < np.linalg.norm(joints[9] - joints[0]) < 110


def test_straight_fingers_are_straight(hand):
    _, joints = hand.posed(STRAIGHT)
    for base in (5, 9, 13, 17):
        first, last = (
            joints[base + 1] - joints[base],
            joints[base + 3] - joints[base + 2],
        )
        cosine = first @ last / np.linalg.norm(first) / np.linalg.norm(last)
        assert np.degrees(np.arccos(cosine)) < 12


def test_fist_brings_the_tips_to_the_palm_side(hand):
    _, straight = hand.posed(STRAIGHT)
    _, fist = hand.posed(shaped("fist"))
    for tip in (8, 12, 16, 20):
        reach = np.linalg.norm(fist[tip] - fist[0])
        assert reach < 0.65 * np.linalg.norm(straight[tip] - straight[0])
        assert fist[tip, 0] < straight[9, 0]  # the palm looks along -x


@pytest.mark.parametrize("name", ["pinch", "ok"])
def test_thumb_and_index_touch(hand, name):
    _, joints = hand.posed(shaped(name))
    assert np.linalg.norm(joints[4] - joints[8]) < 18


def test_wrist_flexion_rotates_to_the_palm_and_deviation_to_the_little_finger(hand):
    _, rest = hand.posed(STRAIGHT)
    _, flexed = hand.posed(HandPose(np.zeros((5, 4)), np.array([40.0, 0])))
    _, deviated = hand.posed(HandPose(np.zeros((5, 4)), np.array([0, 20.0])))
    assert flexed[12, 0] < rest[12, 0] - 50
    assert deviated[12, 2] < rest[12, 2] - 30


def test_shape_and_scale_change_the_hand():
    small = HandModel(np.zeros(12), scale=0.9).posed(STRAIGHT)[1]
    other = HandModel(np.r_[2.0, np.zeros(11)], scale=1.0).posed(STRAIGHT)[1]
    usual = HandModel(np.zeros(12)).posed(STRAIGHT)[1]
    np.testing.assert_allclose(small, 0.9 * usual)
    assert np.abs(bone_lengths(other) / bone_lengths(usual) - 1).max() > 0.02


def test_joints_lie_inside_the_hand(hand):
    # Offsets for clothing must not move the labels either.
    verts, joints = hand.posed(STRAIGHT)
    dressed = HandModel(np.zeros(12), offsets=np.full(len(verts), 5.0))
    np.testing.assert_array_equal(dressed.posed(STRAIGHT)[1], joints)
    distance = np.linalg.norm(verts[:, None] - joints, axis=-1).min(0)
    assert distance.max() < 40
