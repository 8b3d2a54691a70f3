"""Tests of fusing views."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.prediction import fuse_latents, fuse_views, learn_view_precision


def rotations_of(count, seed=0):
    return Rotation.random(count, rng=np.random.default_rng(seed)).as_matrix()


def seen_from(pose, rotations):
    return pose @ np.swapaxes(rotations, 1, 2)


@pytest.fixture
def pose(joints):
    return joints - joints[0]


@pytest.mark.parametrize("count", [1, 2, 8])
def test_perfect_views_fuse_exactly(pose, count):
    rotations = rotations_of(count)
    fused = fuse_views(seen_from(pose, rotations), rotations)
    np.testing.assert_allclose(fused, pose, atol=1e-9)


def test_views_of_several_scales_give_the_geometric_mean(pose):
    rotations = rotations_of(3)
    scales = np.array([0.5, 1.0, 2.0])
    poses = seen_from(pose, rotations) * scales[:, None, None]
    np.testing.assert_allclose(fuse_views(poses, rotations), pose, atol=1e-9)


def test_noise_falls_with_the_root_of_the_number_of_views(pose):
    noise = np.random.default_rng(0)

    def error(count):
        errors = []
        for seed in range(60):
            rotations = rotations_of(count, seed)
            poses = seen_from(pose, rotations) + noise.normal(0, 5, (count, 21, 3))
            errors.append(fuse_views(poses, rotations) - pose)
        return np.std(errors)

    single = error(1)
    for count in (4, 16):
        assert error(count) * np.sqrt(count) == pytest.approx(single, rel=0.1)


def test_weights_pick_views_and_joints(pose):
    rotations = rotations_of(2)
    poses = seen_from(pose, rotations)
    poses[1, 5:] = 0.5 * poses[1, 5:] + 7
    poses[1] *= np.linalg.norm(pose) / np.linalg.norm(poses[1])
    np.testing.assert_allclose(fuse_views(poses, rotations, [1, 0]), pose, atol=1e-9)
    weights = np.ones((2, 21))
    weights[1, 5:] = 0
    fused = fuse_views(poses, rotations, weights)
    np.testing.assert_allclose(fused[5:], pose[5:], atol=1e-9)


def test_learned_precision_beats_the_mean_where_depth_is_noisy(pose):
    noise = np.random.default_rng(0)
    spread = np.array([2.0, 2.0, 20.0])
    poses = np.stack([pose @ r.T for r in rotations_of(300)])
    precision = learn_view_precision(
        poses + noise.normal(0, spread, poses.shape), poses
    )
    stds = np.sqrt(1 / np.linalg.eigvalsh(precision[5:])).mean(0)[::-1]
    assert (stds[:2] < 5).all() and stds[2] == pytest.approx(20, rel=0.1)
    means, learned = [], []
    for seed in range(30):
        rotations = rotations_of(3, seed)
        noisy = seen_from(pose, rotations) + noise.normal(0, spread, (3, 21, 3))
        means.append(fuse_views(noisy, rotations) - pose)
        learned.append(fuse_views(noisy, rotations, precision=precision) - pose)
    assert np.std(learned) < 0.5 * np.std(means)


def test_unlabelled_joints_teach_nothing(pose):
    true = np.stack([pose, pose, pose])
    predicted = true + np.random.default_rng(0).normal(0, 3, true.shape)
    expected = learn_view_precision(predicted[:2], true[:2])
    true[2] = np.nan
    np.testing.assert_allclose(learn_view_precision(predicted, true), expected)


@pytest.mark.parametrize(
    ("poses", "rotations", "weights", "match"),
    [
        (np.zeros((0, 21, 3)), np.zeros((0, 3, 3)), None, "at least one view"),
        (np.zeros((2, 21, 3)), np.eye(3)[None], None, "Received: shapes"),
        (np.zeros((1, 21, 3)), np.eye(3)[None], [-1.0], "must not be negative"),
        (np.zeros((1, 21, 3)), np.eye(3)[None], [0.0], "needs a positive one"),
    ],
)
def test_wrong_arguments(poses, rotations, weights, match):
    with pytest.raises(ValueError, match=match):
        fuse_views(poses, rotations, weights)


def test_wrong_shapes_for_learning():
    with pytest.raises(ValueError, match="of one shape"):
        learn_view_precision(np.zeros((2, 21, 3)), np.zeros((1, 21, 3)))


def test_latents_of_one_view_give_the_models_own_pose(tiny_model):
    image = np.random.default_rng(0).integers(0, 255, (1, 32, 32, 3), np.uint8)
    rotation = rotations_of(1)
    expected = np.asarray(tiny_model({"image": image}))[0]
    expected = expected @ rotation[0]
    fused = fuse_latents(tiny_model, image, rotation)
    np.testing.assert_allclose(fused, expected, atol=1e-2)


def test_the_same_view_twice_changes_nothing(tiny_model):
    image = np.random.default_rng(0).integers(0, 255, (1, 32, 32, 3), np.uint8)
    rotation = rotations_of(1)
    twice = fuse_latents(tiny_model, image.repeat(2, 0), rotation.repeat(2, 0))
    once = fuse_latents(tiny_model, image, rotation)
    np.testing.assert_allclose(twice, once, atol=1e-2)
