import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.geometry import nearest_to_rays
from hand_geo_keras.geometry.robust_triangulation import triangulate_robustly
from tests.geometry.test_cameras import random_camera


def rig(seed, count):
    """Cameras around the origin, at 1 m, looking at it."""
    cameras = []
    for number in range(count):
        camera = random_camera(100 * seed + number)
        object.__setattr__(camera, "t", np.array([0.0, 0.0, 1000.0]))
        cameras.append(camera)
    return cameras


def seen(cameras, points):
    return np.stack([camera.project(points) for camera in cameras])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 50), st.integers(2, 6))
def test_exact_views_give_the_exact_points(seed, count):
    cameras = rig(seed, count)
    points = np.random.default_rng(seed).uniform(-80, 80, (4, 3))
    found, used = triangulate_robustly(cameras, seen(cameras, points), 2.0)
    np.testing.assert_allclose(found, points, atol=1e-3)
    assert used.all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 50), st.integers(0, 3), st.floats(25, 300), st.floats(0, 6.28))
def test_one_wrong_view_of_four_is_left_out(seed, wrong, far, angle):
    cameras = rig(seed, 4)
    points = np.random.default_rng(seed).uniform(-80, 80, (5, 3))
    pixels = seen(cameras, points)
    pixels[wrong, :3] += far * np.array([np.cos(angle), np.sin(angle)])
    found, used = triangulate_robustly(cameras, pixels, 2.0)
    # A view may be moved along the epipolar lines of some other; never of all three.
    np.testing.assert_allclose(found, points, atol=1e-3)
    assert not used[wrong, :3].any() and used[:, 3:].all()


def test_two_wrong_views_of_six_and_an_unseen_one():
    cameras = rig(3, 6)
    points = np.random.default_rng(0).uniform(-80, 80, (2, 21, 3))
    pixels = seen(cameras, points)
    pixels[0] += 60
    pixels[4] -= [80, -40]
    pixels[5] = np.nan
    found, used = triangulate_robustly(cameras, pixels, 3.0)
    np.testing.assert_allclose(found, points, atol=1e-3)
    assert used[[1, 2, 3]].all() and not used[[0, 4, 5]].any()


def test_noisy_points_are_near_the_rays():
    """Against the point nearest to the rays, an independent formula."""
    cameras = rig(5, 4)
    points = np.random.default_rng(1).uniform(-80, 80, (30, 3))
    noise = np.random.default_rng(2).normal(0, 0.5, (4, 30, 2))
    pixels = seen(cameras, points) + noise
    rays = np.stack([c.unproject(p, np.ones(30)) for c, p in zip(cameras, pixels)], 1)
    origins = np.stack([np.tile(c.center, (30, 1)) for c in cameras], 1)
    rays -= origins
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    found, _ = triangulate_robustly(cameras, pixels, 5.0)
    np.testing.assert_allclose(found, nearest_to_rays(origins, rays), atol=0.3)


def test_limits_may_differ_by_view_and_point():
    cameras = rig(1, 3)
    points = np.random.default_rng(0).uniform(-80, 80, (2, 3))
    pixels = seen(cameras, points)
    pixels[2] += 10
    limit = np.full((3, 2), 2.0)
    limit[:, 1] = 50
    _, used = triangulate_robustly(cameras, pixels, limit)
    assert used[:, 0].tolist() == [True, True, False] and used[:, 1].all()


def test_two_views_are_both_taken_and_one_is_none():
    cameras = rig(0, 2)
    pixels = seen(cameras, np.zeros((2, 3)))
    pixels[1, 0] += 100
    pixels[1, 1] = np.nan
    found, used = triangulate_robustly(cameras, pixels, 1.0)
    assert used[:, 0].all() and not used[:, 1].any()
    assert np.isfinite(found[0]).all() and np.isnan(found[1]).all()


def test_one_camera_is_refused():
    with pytest.raises(ValueError, match="at least two cameras"):
        triangulate_robustly(rig(0, 1), np.zeros((1, 3, 2)), 1.0)
