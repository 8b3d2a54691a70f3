import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.rotations import looking_along, relative_rotation
from hand_geo_keras.geometry.virtual_camera import (
    homography,
    virtual_camera,
    warp_crop,
)
from tests.geometry.test_cameras import points_in_view, random_camera

boxes = st.tuples(st.floats(100, 1800), st.floats(100, 1000), st.floats(60, 300))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), boxes)
def test_crop_warp_equals_virtual_projection(seed, box):
    camera = random_camera(seed)
    crop = virtual_camera(camera, box, 128)
    points = points_in_view(camera, seed)
    pixels = camera.undistort(camera.project(points))
    H = homography(camera, crop)
    warped = cv2.perspectiveTransform(pixels[:, None], H)[:, 0]
    np.testing.assert_allclose(warped, crop.project(points), atol=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
def test_looking_along_is_a_rotation_onto_the_ray(x, y):
    R = looking_along(np.array([x, y, 1.0]))
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1)
    ray = np.array([x, y, 1]) / np.linalg.norm([x, y, 1])
    np.testing.assert_allclose(R @ ray, [0, 0, 1], atol=1e-12)


def test_box_centre_lands_in_the_crops_centre_and_the_box_fills_it():
    camera = random_camera(1, distorted=False)
    crop = virtual_camera(camera, (1200, 300, 90), 64)
    on_edge = np.array([[1200, 300], [1200 + 45, 300], [1200, 300 + 45]])
    seen = crop.project(camera.unproject(on_edge, np.full(3, 1000.0)))
    np.testing.assert_allclose(seen[0], 31.5, atol=1e-6)
    np.testing.assert_allclose(np.abs(seen[1:] - 31.5).max(-1), 32, atol=2)


def test_rolling_there_and_back_is_the_identity():
    camera = random_camera(2)
    crop = virtual_camera(camera, (900, 500, 120), 64)
    back = crop.rolled(0.7).rolled(-0.7)
    np.testing.assert_allclose(back.R, crop.R, atol=1e-12)
    np.testing.assert_allclose(back.t, crop.t, atol=1e-9)


def test_roll_turns_picture_and_points_alike():
    camera = random_camera(2)
    crop = virtual_camera(camera, (900, 500, 120), 64)
    points = points_in_view(camera, 2)
    angle = 0.4
    turn = cv2.getRotationMatrix2D((31.5, 31.5), -np.degrees(angle), 1.0)
    expected = crop.project(points) @ turn[:, :2].T + turn[:, 2]
    np.testing.assert_allclose(crop.rolled(angle).project(points), expected, atol=1e-6)


def test_warped_picture_shows_a_point_where_it_projects_to():
    """Paints a blob where a point projects to; the crop shows it at its own pixel."""
    camera = random_camera(5)
    point = points_in_view(camera, 5, count=1)
    pixel = camera.project(point)[0]
    v, u = np.mgrid[:1080, :1920]
    blob = np.exp(-((u - pixel[0]) ** 2 + (v - pixel[1]) ** 2) / (2 * 6.0**2))
    image = np.repeat(np.uint8(255 * blob)[..., None], 3, axis=-1)
    box = (pixel[0] + 20, pixel[1] - 15, 160)
    for size in (128, 48):  # finer and coarser than the image
        crop = virtual_camera(camera, box, size)
        shown = warp_crop(image, camera, crop).astype(float)[..., 0]
        weights = shown / shown.sum()
        rows, columns = np.mgrid[:size, :size]
        centroid = [(weights * columns).sum(), (weights * rows).sum()]
        np.testing.assert_allclose(centroid, crop.project(point)[0], atol=0.1)


def test_relative_rotation_takes_one_virtual_frame_to_the_other():
    cameras = [random_camera(seed) for seed in (7, 8)]
    views = [virtual_camera(camera, (700, 500, 100), 64) for camera in cameras]
    directions = np.random.default_rng(0).normal(size=(5, 3))
    in_first, in_second = (directions @ view.R.T for view in views)
    rotation = relative_rotation(views[0].R, views[1].R)
    np.testing.assert_allclose(in_first @ rotation.T, in_second, atol=1e-12)


def test_larger_size_keeps_scale_and_centre():
    camera = random_camera(2)
    crop = virtual_camera(camera, (900, 500, 120), 64)
    points = points_in_view(camera, 2)
    shifted = crop.with_size(96).project(points)
    np.testing.assert_allclose(shifted, crop.project(points) + 16, atol=1e-9)


def test_empty_box_is_refused():
    camera = Camera(
        "c", np.diag([100.0, 100, 1]), np.zeros(5), np.eye(3), np.zeros(3), (64, 64)
    )
    with pytest.raises(ValueError, match="positive side"):
        virtual_camera(camera, (10, 10, 0), 64)
