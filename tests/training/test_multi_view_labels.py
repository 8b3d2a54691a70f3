import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hand_geo_keras.training.multi_view_labels import (
    fused_points,
    joints_from_points,
    triangulated_points,
    with_multi_view_labels,
)
from tests.pool import make_pool


class Centred:
    """Stands in for a `ViewSynthesizer` whose latent points need no hand frame."""

    def points_at_hand(self, inputs, latents):
        return latents


def in_views(pool, points, noise=0.0):
    """Latent points `[M, N, 3]` of views that see points of the world, with noise."""
    rotations = np.swapaxes(pool.rotations, 1, 2)
    return points[pool.instant_of_view] @ rotations + noise


def test_points_of_all_views_are_averaged_in_the_world():
    pool = make_pool()
    rng = np.random.default_rng(0)
    points = rng.normal(size=(len(pool), 5, 3)).astype(np.float32)
    shift = np.float32([0.3, -0.2, 0.5])  # of the centre, which is taken out
    fused = fused_points(Centred(), pool, in_views(pool, points + shift))
    expected = points - points.mean(1, keepdims=True)
    np.testing.assert_allclose(fused, expected, atol=1e-5)


def test_noise_of_single_views_averages_out():
    pool = make_pool()
    rng = np.random.default_rng(0)
    points = np.zeros((len(pool), 5, 3), np.float32)
    noise = rng.normal(size=(len(pool.images), 5, 3)).astype(np.float32)
    fused = fused_points(Centred(), pool, in_views(pool, points, noise))
    several = pool.num_views > 2
    assert fused[several].std() < 0.7 * noise.std()


def weighted_sums(rng, instants, points=6, joints=5):
    """Points `[I, N, 3]`, and joints that are weighted sums of them."""
    positions = rng.normal(size=(instants, points, 3))
    weights = rng.normal(size=(joints, points))
    weights -= weights.mean(1, keepdims=True) - 1 / points  # where points move, too
    return positions, weights @ positions


def annotated(instants, joints, count):
    """`[I, J]` mask that annotates the first so many instants."""
    return np.arange(instants)[:, None] < np.full(joints, count)


def test_joints_follow_from_points_by_what_annotated_instants_say():
    points, joints = weighted_sums(np.random.default_rng(0), instants=60)
    valid = annotated(60, 5, 40)
    hidden = np.where(valid[..., None], joints, np.nan)
    found = joints_from_points(points, hidden, valid, ridge=1e-8)
    np.testing.assert_allclose(found, joints, atol=1e-2)


@given(seed=st.integers(0, 1000), size=st.floats(0.1, 1000), ridge=st.floats(0.01, 10))
@settings(max_examples=10, deadline=None)
def test_turned_shifted_and_larger_hands_get_turned_shifted_and_larger_joints(
    seed, size, ridge
):
    rng = np.random.default_rng(seed)
    points, joints = weighted_sums(rng, instants=20)
    joints += rng.normal(size=joints.shape)
    valid = annotated(20, 5, 12)
    # Each instant is turned by a rotation of its own.
    rotations = Rotation.random(20, rng=rng).as_matrix()
    shifts = rng.normal(size=(20, 1, 3)) * size

    def moved(positions):
        return size * positions @ rotations + shifts

    found = joints_from_points(moved(points), moved(joints), valid, ridge)
    expected = moved(joints_from_points(points, joints, valid, ridge))
    np.testing.assert_allclose(found / size, expected / size, atol=2e-3)


def test_labels_are_those_of_ridge_regression_where_hands_are_not_turned():
    rng = np.random.default_rng(0)
    # Deviations from one shape that no similarity could take out.
    shape = rng.normal(size=(4, 3)) * 10
    points = shape + rng.normal(size=(50, 4, 3)) * 1e-3
    points = procrustes_residual(points, shape)
    joints = rng.normal(size=(50, 2, 3))
    valid = annotated(50, 2, 30)
    found = joints_from_points(points, joints, valid, ridge=0.5)
    features = points.reshape(50, -1) - points[:30].mean(0).ravel()
    known, targets = features[:30], joints[:30].reshape(30, -1)
    penalty = 0.5 * (known**2).sum(1).mean() * np.eye(12)
    weights = np.linalg.inv(known.T @ known + penalty) @ known.T
    expected = features @ weights @ (targets - targets.mean(0)) + targets.mean(0)
    np.testing.assert_allclose(found.reshape(50, -1), expected, atol=5e-3)


def procrustes_residual(points, shape):
    """Points `[I, N, 3]` that no small similarity fits to a shape better."""
    centred = shape - shape.mean(0)
    turns = [np.cross(axis, centred) for axis in np.eye(3)]
    basis = np.stack([*turns, centred]).reshape(4, -1)
    basis = np.linalg.qr(basis.T)[0]
    deviations = (points - points.mean(1, keepdims=True) - centred).reshape(50, -1)
    deviations -= deviations @ basis @ basis.T
    return deviations.reshape(points.shape) + centred


def test_without_anything_to_learn_from_the_mean_articulation_follows_the_points():
    rng = np.random.default_rng(0)
    shape, joints = rng.normal(size=(6, 3)), rng.normal(size=(5, 3))
    rotations = Rotation.random(8, rng=rng).as_matrix()
    valid = annotated(8, 5, 1)
    found = joints_from_points(shape @ rotations, joints @ rotations, valid)
    np.testing.assert_allclose(found, joints @ rotations, atol=1e-4)


def test_joints_that_are_not_annotated_do_not_count():
    points, joints = weighted_sums(np.random.default_rng(0), instants=60)
    valid = annotated(60, 5, 40)
    valid[3, 1] = False
    wrong = joints.copy()
    wrong[3, 1] = 1e6
    found = joints_from_points(points, wrong, valid, ridge=1e-8)
    np.testing.assert_allclose(found, joints, atol=1e-2)


def test_what_nothing_is_known_of_is_left_out():
    points, joints = weighted_sums(np.random.default_rng(0), instants=60)
    valid = annotated(60, 5, 40)
    valid[:, 2] = False  # a joint that is never annotated
    points[[5, 50]] = np.nan
    found = joints_from_points(points, joints, valid, ridge=1e-8)
    missing = np.isnan(found).any(-1)
    assert missing[[5, 50]].all() and missing[:, 2].all()
    assert missing.sum() == 2 * 5 + 58
    np.testing.assert_allclose(found[~missing], joints[~missing], atol=1e-2)
    assert np.isnan(joints_from_points(points, joints, np.zeros_like(valid))).all()


def test_all_instants_are_labelled_from_the_annotated_ones_alone():
    pool = make_pool(instants=60)
    points, joints = weighted_sums(np.random.default_rng(0), len(pool), joints=21)
    points -= points.mean(1, keepdims=True)
    joints -= joints[:, :1]
    shown = np.arange(len(pool) // 2)
    views = pool.views[shown, 0]
    known = np.full_like(joints, np.nan)
    known[shown] = joints[shown] + np.array([5.0, 6.0, 7.0])
    valid = np.zeros_like(pool.valid)
    valid[shown] = True
    valid[2, 9] = False
    pool = dataclasses.replace(pool, joints=known, valid=valid)
    taught = with_multi_view_labels(pool, views, points, ridge=1e-8)
    assert taught.valid.all()
    np.testing.assert_allclose(taught.joints, joints, atol=1e-2)


def in_crops(pool, points):
    """`[M, N, 2]` where the crops of a pool show points `[I, N, 3]` of the world."""
    seen = points[pool.instant_of_view] @ np.swapaxes(pool.rotations, 1, 2)
    seen += pool.translations[:, None]
    pixels = seen[..., :2] / seen[..., 2:] * pool.focals[:, None, None]
    return pixels / (pool.crop_size / 2)


def test_points_in_all_crops_of_an_instant_are_triangulated():
    pool = make_pool(views=4)
    points = np.random.default_rng(0).normal(size=(len(pool), 5, 3)) * 30
    found = triangulated_points(pool, in_crops(pool, points))
    np.testing.assert_allclose(found, points, atol=0.02)


def test_a_view_that_sees_something_else_counts_little():
    pool = make_pool(views=5)
    points = np.zeros((len(pool), 1, 3))
    crops = in_crops(pool, points)
    wrong = pool.views[:, 0]
    crops[wrong] += 1.0  # 80 mm
    robust = triangulated_points(pool, crops)
    assert np.linalg.norm(robust, axis=-1).max() < 8
    weights = np.ones(crops.shape[:2])
    weights[wrong] = 1e-9
    known = triangulated_points(pool, crops, weights)
    np.testing.assert_allclose(known, points, atol=0.02)


def test_a_single_view_locates_nothing():
    pool = make_pool(views=1)
    crops = np.zeros((len(pool.images), 2, 2))
    assert np.isnan(triangulated_points(pool, crops)).all()
