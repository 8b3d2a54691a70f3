"""Tests of the angle under which a hand is seen."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.datasets import Part
from hand_geo_keras.evaluation.pose_errors import n_mpjpe_of_each
from hand_geo_keras.evaluation.view_angles import errors_by_view_angle, view_angles
from tests.evaluation.test_pose_groups import open_palm
from tests.pool import make_pool


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize("degrees", [0, 30, 90, 135, 180])
def test_a_turned_palm_is_seen_under_the_angle_of_the_turn(axis, degrees):
    turn = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    rolls = Rotation.from_euler("z", [[0], [70], [250]], degrees=True).as_matrix()
    poses = open_palm() @ turn.T @ rolls.transpose(0, 2, 1) + [10, 20, 600]
    np.testing.assert_allclose(view_angles(poses), degrees, atol=1e-4)


def test_errors_are_averaged_over_images_seen_alike():
    """Half of the instants show the palm to all cameras, the others the back."""
    pool = make_pool(instants=15, views=2)
    turns = np.where(np.arange(len(pool)) % 2, -1.0, 1.0)
    joints = open_palm() * np.stack([turns, np.ones_like(turns), turns], -1)[:, None]
    same = np.broadcast_to(np.eye(3, dtype=np.float32), pool.rotations.shape)
    pool = dataclasses.replace(pool, joints=np.float32(joints), rotations=same)
    part = Part(pool, np.arange(len(pool.images)))
    poses, is_back = part.poses.copy(), view_angles(part.poses) > 90
    poses[is_back, 8] += 30.0
    palm, back = errors_by_view_angle(part, poses)
    assert (palm.degrees, back.degrees) == (10.0, 170.0)
    assert (palm.images, back.images) == (30, 30)
    assert palm.n_mpjpe_mm == pytest.approx(0, abs=1e-4)
    each = n_mpjpe_of_each(part.poses, poses, part.valid)
    assert back.n_mpjpe_mm == pytest.approx(each[is_back].mean())


def test_rare_angles_and_unlabelled_palms_are_left_out():
    pool = make_pool(instants=4, views=2)
    part = Part(pool, np.arange(len(pool.images)))
    assert errors_by_view_angle(part, part.poses) == []
    pool = make_pool(instants=40, views=2)
    unlabelled = pool.valid.copy()
    unlabelled[:, 17] = False
    pool = dataclasses.replace(pool, valid=unlabelled)
    part = Part(pool, np.arange(len(pool.images)))
    assert errors_by_view_angle(part, part.poses) == []
