import numpy as np
import pytest

from hand_geo_keras.geometry.robust_triangulation import triangulate_robustly
from hand_geo_keras.geometry.triangulation import (
    nearest_to_rays,
    reprojection_error,
    triangulate,
)
from tests.geometry.test_cameras import random_camera


@pytest.fixture
def rig():
    """Four cameras around the origin, at 1 m, looking at it."""
    cameras = []
    for seed in range(4):
        camera = random_camera(seed)
        object.__setattr__(camera, "t", np.array([0.0, 0.0, 1000.0]))
        cameras.append(camera)
    return cameras


def test_exact_views_give_the_exact_point(rig):
    points = np.random.default_rng(0).uniform(-100, 100, (6, 3))
    pixels = np.stack([camera.project(points) for camera in rig])
    np.testing.assert_allclose(triangulate(rig, pixels), points, atol=1e-3)
    assert reprojection_error(rig, points, pixels).max() < 1e-6


def test_unseen_views_are_left_out(rig):
    points = np.random.default_rng(0).uniform(-100, 100, (6, 3))
    pixels = np.stack([camera.project(points) for camera in rig])
    pixels[0, :3] = np.nan
    pixels[:3, 5] = np.nan  # a single view remains
    found = triangulate(rig, pixels)
    np.testing.assert_allclose(found[:5], points[:5], atol=1e-3)
    assert np.isnan(found[5]).all()


def test_noise_of_a_pixel_moves_the_point_by_millimetres(rig):
    rng = np.random.default_rng(0)
    points = rng.uniform(-100, 100, (50, 3))
    pixels = np.stack([camera.project(points) for camera in rig])
    noisy = triangulate(rig, pixels + rng.normal(size=pixels.shape))
    assert 0.05 < np.linalg.norm(noisy - points, axis=-1).mean() < 5


def test_zero_weight_ignores_a_view(rig):
    points = np.random.default_rng(0).uniform(-100, 100, (6, 3))
    pixels = np.stack([camera.project(points) for camera in rig])
    pixels[1] += 50
    weights = np.ones(pixels.shape[:-1])
    weights[1] = 0
    np.testing.assert_allclose(triangulate(rig, pixels, weights), points, atol=1e-3)


def test_one_camera_is_refused(rig):
    with pytest.raises(ValueError, match="at least two cameras"):
        triangulate(rig[:1], np.zeros((1, 3, 2)))


def test_rays_through_a_point_meet_there():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(5, 3)) * 50
    origins = rng.normal(size=(5, 4, 3)) * 1000
    rays = points[:, None] - origins
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    np.testing.assert_allclose(nearest_to_rays(origins, rays), points, atol=1e-6)


def test_skew_rays_are_met_where_the_squared_distances_are_least():
    rng = np.random.default_rng(1)
    origins = rng.normal(size=(3, 3)) * 1000
    rays = rng.normal(size=(3, 3))
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    weights = np.array([1.0, 2.0, 0.5])

    def cost(point):
        distances = np.linalg.norm(np.cross(point - origins, rays), axis=-1)
        return (weights * distances**2).sum()

    found = nearest_to_rays(origins, rays, weights)
    for step in np.vstack([np.eye(3), -np.eye(3)]):
        assert cost(found) < cost(found + step)


def test_rays_that_do_not_locate_a_point():
    origins = np.zeros((3, 2, 3)) + [[0, 0, 0], [100, 0, 0]]
    rays = np.zeros((3, 2, 3)) + [0, 0, 1.0]
    rays[1] = [[0, 0, 1], [-0.6, 0, 0.8]]
    weights = np.array([[1, 1], [1, 1], [1, 0]])
    assert np.isnan(nearest_to_rays(origins, rays, weights)).any(1).tolist() == [
        True,
        False,
        True,
    ]


def test_views_of_no_weight_do_not_see(rig):
    points = np.random.default_rng(0).uniform(-100, 100, (6, 3))
    pixels = np.stack([camera.project(points) for camera in rig])
    weights = np.ones(pixels.shape[:-1])
    weights[1:, 0] = 0  # one view is left
    weights[1, 1], weights[:, 2] = np.nan, 0
    lost = [True, False, True, False, False, False]
    found = triangulate(rig, pixels, weights)
    assert np.isnan(found).all(-1).tolist() == lost
    np.testing.assert_allclose(found[1], points[1], atol=1e-3)
    found, used = triangulate_robustly(rig, pixels, 10, weights)
    assert np.isnan(found).all(-1).tolist() == (~used).all(0).tolist() == lost


def test_rays_that_are_not_finite_do_not_count():
    origins = np.array([[0.0, 0, 0], [100, 0, 0], [np.nan] * 3])
    directions = np.array([[0.0, 0, 1], [-0.6, 0, 0.8], [np.nan] * 3])
    for weights in (None, [1, 1, 0], [1, 1, 1]):
        found = nearest_to_rays(origins, directions, weights)
        np.testing.assert_allclose(found, [0, 0, 400 / 3], atol=1e-9)
    assert np.isnan(nearest_to_rays(origins[1:], directions[1:])).all()


def test_no_points_are_no_points(rig):
    assert triangulate(rig, np.zeros((len(rig), 0, 2))).shape == (0, 3)
    assert rig[0].unproject(np.zeros((0, 2)), np.zeros(0)).shape == (0, 3)
