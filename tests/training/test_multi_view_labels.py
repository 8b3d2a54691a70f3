import dataclasses

import numpy as np
from scipy.spatial.transform import Rotation

from hand_geo_keras.training.multi_view_labels import (
    fit_joints,
    fused_points,
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


def test_joints_rotate_with_the_points():
    rng = np.random.default_rng(0)
    points, joints = rng.normal(size=(2, 30, 8, 3))
    rotation = Rotation.random(rng=rng).as_matrix()
    weights = fit_joints(points, joints)
    np.testing.assert_allclose(
        fit_joints(points @ rotation, joints @ rotation), weights
    )


def test_joints_that_are_not_labelled_do_not_count():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(20, 4, 3))
    weights = rng.normal(size=(2, 4))
    joints = weights @ points
    valid = np.ones((20, 2), bool)
    valid[3, 1] = False
    joints[3, 1] = 1e6
    fitted = fit_joints(points, joints, valid, ridge=1e-9)
    np.testing.assert_allclose(fitted, weights, atol=1e-6)


def test_all_instants_are_labelled_from_the_annotated_ones_alone():
    pool = make_pool(instants=20)
    rng = np.random.default_rng(0)
    points = rng.normal(size=(len(pool), 6, 3))
    joints = rng.normal(size=(21, 6)) @ points
    joints -= joints[:, :1]
    annotated = np.arange(0, 8)
    views = pool.views[annotated, 0]
    known = np.full_like(joints, np.nan)
    known[annotated] = joints[annotated] + np.array([5.0, 6.0, 7.0])
    valid = np.zeros_like(pool.valid)
    valid[annotated] = True
    valid[2, 9] = False
    pool = dataclasses.replace(pool, joints=known, valid=valid)
    taught = with_multi_view_labels(pool, views, points, ridge=1e-9)
    assert taught.valid.all()
    np.testing.assert_allclose(taught.joints, joints, atol=1e-3)


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
