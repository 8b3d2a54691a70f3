import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.motion_files.skeleton_motion import fit_skeleton
from tests.motion_files.conftest import LENGTHS, moving_joints


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), bend=st.floats(0, 1.5))
def test_constant_bones_come_back(seed, bend):
    joints = moving_joints(12, seed, bend)
    skeleton = fit_skeleton(joints)
    np.testing.assert_allclose(skeleton.lengths, LENGTHS, atol=1e-9)
    np.testing.assert_allclose(skeleton.joints(), joints, atol=1e-8)


def test_bones_of_changing_length_keep_their_directions():
    rng = np.random.default_rng(0)
    joints = moving_joints(30) + rng.normal(0, 1, (30, 21, 3))
    fitted = fit_skeleton(joints).joints()
    lengths = bone_lengths(fitted)
    np.testing.assert_allclose(lengths, np.tile(lengths[:1], (30, 1)), atol=1e-9)
    np.testing.assert_allclose(lengths[0], np.median(bone_lengths(joints), 0))
    np.testing.assert_allclose(
        np.diff(fitted[:, :5], axis=1) / lengths[:, :4, None],
        np.diff(joints[:, :5], axis=1) / bone_lengths(joints)[:, :4, None],
        atol=1e-9,
    )


def test_a_finger_folded_flat_and_a_hand_in_one_line():
    joints = np.zeros((2, 21, 3))
    joints[:, :, 1] = np.arange(21) % 4 * 30.0 + 30
    joints[:, 0] = 0
    joints[:, 7] = joints[:, 5]  # back onto the knuckle: exactly opposite bones
    skeleton = fit_skeleton(joints)
    assert np.isfinite(skeleton.joints()).all()
    np.testing.assert_allclose(skeleton.joints()[:, 7], joints[:, 7], atol=1e-6)


def test_frames_without_a_hand_keep_its_pose(joints):
    joints[10:13] = np.nan
    fitted = fit_skeleton(joints).joints()
    np.testing.assert_allclose(fitted[10:13], np.repeat(joints[9:10], 3, 0), atol=1e-8)
    with pytest.raises(ValueError, match="first frame"):
        fit_skeleton(joints[10:])
