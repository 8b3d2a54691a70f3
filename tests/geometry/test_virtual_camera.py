import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.rotations import looking_along, relative_rotation
from hand_geo_keras.geometry.virtual_camera import (
    _camera_pixels,
    homography,
    virtual_camera,
    warp_crop,
    warp_crops,
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


def test_roll_rotates_image_and_points_alike():
    camera = random_camera(2)
    crop = virtual_camera(camera, (900, 500, 120), 64)
    points = points_in_view(camera, 2)
    angle = 0.4
    rotation = cv2.getRotationMatrix2D((31.5, 31.5), -np.degrees(angle), 1.0)
    expected = crop.project(points) @ rotation[:, :2].T + rotation[:, 2]
    np.testing.assert_allclose(crop.rolled(angle).project(points), expected, atol=1e-6)


def test_warped_image_shows_a_point_where_it_projects_to():
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


def hd_camera(seed, distorted=True):
    """A camera whose lens model holds over the whole image and around it."""
    camera = random_camera(seed, distorted)
    K = np.diag([1000.0 + 10 * (seed % 100), 1000.0 + 10 * (seed % 97), 1.0])
    K[:2, 2] = camera.K[:2, 2]
    return dataclasses.replace(camera, K=K)


def exact_pixels(camera, crop, samples):
    """The camera pixel `[n, n, 2]` of every sample, each projected by itself."""
    axis = (np.arange(crop.size * samples) + 0.5) / samples - 0.5
    u, v = np.meshgrid(axis, axis)
    rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(crop.K).T
    return camera.project(rays @ crop.R + camera.center).astype(np.float32)


def exact_crop(image, camera, crop, samples):
    pixels = exact_pixels(camera, crop, samples)
    fine = cv2.remap(
        image, *np.moveaxis(pixels, -1, 0), cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
    )
    return cv2.resize(fine, (crop.size, crop.size), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def textured():
    """A full-HD image with detail at every scale, down to single pixels."""
    rng = np.random.default_rng(0)
    image = np.zeros((1080, 1920, 3), np.float32)
    for scale in (1, 4, 16, 64, 256):
        shape = (1080 // scale + 2, 1920 // scale + 2, 3)
        noise = rng.normal(size=shape).astype(np.float32)
        image += cv2.resize(noise, (1920, 1080), interpolation=cv2.INTER_CUBIC)
    return np.uint8(np.clip(128 + 25 * image, 0, 255))


@pytest.mark.parametrize("distorted", [False, True])
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    box=st.tuples(st.floats(0, 1920), st.floats(0, 1080), st.floats(30, 900)),
    size=st.sampled_from([48, 64, 128]),
    angle=st.floats(-3.1, 3.1),
)
def test_crops_equal_a_projection_of_every_sample(
    textured, distorted, seed, box, size, angle
):
    camera = hd_camera(seed, distorted)
    crop = virtual_camera(camera, box, size).rolled(angle)
    focal = (camera.K[0, 0] + camera.K[1, 1]) / 2
    samples = max(1, round(focal / crop.K[0, 0]))
    expected = exact_crop(textured, camera, crop, samples).astype(int)
    difference = np.abs(warp_crop(textured, camera, crop) - expected)
    assert difference.mean() < 0.5


@pytest.mark.parametrize("distorted", [False, True])
def test_crops_of_fewer_samples_are_a_projection_of_these(textured, distorted):
    camera = hd_camera(5, distorted)
    crop = virtual_camera(camera, (900, 500, 700), 96)  # 7 samples per pixel
    for most in (1, 2, 3):
        expected = exact_crop(textured, camera, crop, most).astype(int)
        difference = np.abs(warp_crop(textured, camera, crop, most) - expected)
        assert difference.mean() < 0.5
    every = warp_crop(textured, camera, crop)
    np.testing.assert_array_equal(warp_crop(textured, camera, crop, 20), every)
    assert np.abs(every.astype(int) - expected).mean() > 1


@pytest.mark.parametrize("size, samples", [(48, 1), (75, 1), (128, 1), (128, 7)])
def test_interpolated_pixels_are_those_of_the_lens(size, samples):
    for seed in range(5):
        camera = hd_camera(seed)
        crop = virtual_camera(camera, (300, 900, size * samples), size)
        pixels = _camera_pixels(camera, crop, samples)
        error = np.abs(pixels - exact_pixels(camera, crop, samples)).max()
        assert error < 0.07


def test_images_and_backgrounds_are_cut_out_alike(textured):
    camera = hd_camera(3)
    crop = virtual_camera(camera, (900, 500, 120), 64)
    background = textured[::-1].copy()
    together = warp_crops([textured, background], camera, crop)
    for image, cut in zip((textured, background), together, strict=True):
        np.testing.assert_array_equal(cut, warp_crop(image, camera, crop))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    box=st.tuples(st.floats(-400, 2300), st.floats(-400, 1500), st.floats(30, 900)),
    angle=st.floats(-3.1, 3.1),
)
def test_three_channels_are_cut_out_as_each_of_them_is(textured, seed, box, angle):
    """Near, across and beyond the image's edges, too."""
    camera = hd_camera(seed, distorted=False)
    crop = virtual_camera(camera, box, 64).rolled(angle)
    each = [textured[..., channel : channel + 1].copy() for channel in range(3)]
    each = [np.atleast_3d(cut) for cut in warp_crops(each, camera, crop)]
    together = warp_crop(textured, camera, crop)
    assert together.flags.c_contiguous
    difference = np.abs(together - np.concatenate(each, axis=-1).astype(int))
    assert difference.max() <= 1


@pytest.mark.parametrize("distorted", [False, True])
@pytest.mark.parametrize("shape", [(), (1,), (3,)])
def test_crops_have_the_axes_of_their_image(distorted, shape):
    camera = random_camera(3, distorted=distorted)
    image = np.zeros((*camera.resolution[::-1], *shape), np.uint8)
    for side in (60, 400):  # finer and coarser than the image
        crop = virtual_camera(camera, (900, 500, side), 64)
        assert warp_crop(image, camera, crop).shape == (64, 64, *shape)


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
