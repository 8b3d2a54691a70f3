"""Tests of the shape of hands: side, size, order of joints."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.recordings.hand_shape import (
    better_order,
    bone_length_error,
    handedness,
    is_plausible_order,
    median_palm,
)
from hand_geo_keras.recordings.joint_orders import ORDERS
from tests.recordings.conftest import hand_joints, make_camera


def hands(side="right", bends=(0.2, 0.4, 0.6, 0.8)):
    return np.stack([hand_joints(bend, side) for bend in bends])


@pytest.mark.parametrize("side", ["right", "left"])
@settings(deadline=None, max_examples=25)
@given(angle=st.floats(-3, 3), scale=st.floats(0.1, 10), shift=st.floats(-1e3, 1e3))
def test_the_side_does_not_depend_on_pose_and_size(side, angle, scale, shift):
    joints = scale * hands(side) @ make_camera("c", angle).R + shift
    assert handedness(joints).side == side


def test_mirrored_hands_change_their_side():
    assert handedness(hands() * [1, 1, -1]).side == "left"


def test_straight_or_missing_fingers_tell_nothing():
    assert handedness(hands(bends=(0.0, 0.01, 0.0))).undecided == 3
    assert handedness(np.full((4, 21, 3), np.nan)).side is None
    assert handedness(hands()[:2]).side is None  # too few


def test_most_hands_decide():
    many = np.concatenate([hands(), hands(), hands("left")[:1]])
    assert handedness(many).side == "right"
    assert handedness(np.concatenate([hands(), hands("left")])).side is None


@pytest.mark.parametrize("name", sorted(set(ORDERS) - {"openpose"}))
def test_other_orders_are_found(name):
    joints = hands()
    assert is_plausible_order(bone_length_error(joints))
    assert better_order(joints, ORDERS)[1] is None
    error, better = better_order(joints[:, ORDERS[name]], ORDERS)
    assert better == name and not is_plausible_order(error)


def test_real_hands_are_plausible(shared_dir):
    """The labels of a real recording: 270 right hands of one person."""
    from hand_geo_keras.recordings import open_recording

    recording = open_recording(shared_dir / "recordings" / "desk_two_cam")
    joints = np.stack([recording.hands(f)[0].joints for f in recording.labelled_frames])
    assert handedness(joints).side == "right"
    assert bone_length_error(joints) < 0.25
    assert 80 < median_palm(joints) < 100


def test_few_bones_are_not_judged():
    joints = hands()
    joints[:, 6:] = np.nan
    assert np.isnan(bone_length_error(joints)) and is_plausible_order(np.nan)
    assert np.isnan(median_palm(joints))
