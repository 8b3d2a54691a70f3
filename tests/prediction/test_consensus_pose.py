"""Tests of fusing several guesses per view."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.prediction import consensus_pose


@pytest.fixture
def pose(joints):
    return joints - joints[0]


def guesses_of(pose, views, right, seed=0, noise=0.0):
    """`[V, K, 21, 3]` guesses, of which those in `right` (per view) are right."""
    rng = np.random.default_rng(seed)
    rotations = Rotation.random(views, rng=rng).as_matrix()
    wrong = Rotation.random((views * 8), rng=rng).as_matrix().reshape(views, 8, 3, 3)
    guesses = pose @ np.swapaxes(wrong, -1, -2)
    for view, numbers in enumerate(right):
        for number in numbers:
            guesses[view, number] = pose @ rotations[view].T
    guesses[..., 1:, :] += rng.normal(0, noise, guesses[..., 1:, :].shape)
    return guesses, rotations


@pytest.mark.parametrize("right", [[(1, 2, 3), (5, 6, 7)], [(0, 1, 2), (1, 2), ()]])
def test_right_guesses_are_found_by_agreement(pose, right):
    guesses, rotations = guesses_of(pose, len(right), right)
    fused = consensus_pose(guesses, rotations)
    np.testing.assert_allclose(fused, pose, atol=0.5)


def test_a_plain_mean_would_be_far_off(pose):
    guesses, rotations = guesses_of(pose, 2, [(1, 2, 3), (5, 6, 7)])
    mean = (guesses @ rotations[:, None]).mean((0, 1))
    assert np.linalg.norm(mean - pose, axis=-1).mean() > 20


def test_steady_guesses_win_over_a_chance_agreement(pose):
    guesses, rotations = guesses_of(pose, 2, [(1, 2, 3, 4), (1, 2, 3, 4)], noise=1.0)
    # Two wrong guesses that agree perfectly, each alone among its neighbours.
    rotated = pose @ Rotation.from_euler("z", 90, degrees=True).as_matrix()
    for view in (0, 1):
        guesses[view, 6] = rotated @ rotations[view].T
    fused = consensus_pose(guesses, rotations)
    assert np.linalg.norm(fused - pose, axis=-1).mean() < 3


def test_sizes_do_not_matter(pose):
    guesses, rotations = guesses_of(pose, 2, [(1, 2, 3), (5, 6, 7)])
    sizes = np.random.default_rng(1).uniform(0.5, 2, (2, 8, 1, 1))
    sizes *= 1 / np.median(sizes)
    fused = consensus_pose(guesses * sizes, rotations)
    fused *= np.linalg.norm(pose) / np.linalg.norm(fused)
    np.testing.assert_allclose(fused, pose, atol=0.5)


def test_one_view_cannot_agree(pose):
    with pytest.raises(ValueError, match="at least two views"):
        consensus_pose(pose[None, None], np.eye(3)[None])
