"""Lens models against OpenCV, and the whole path of a fisheye camera."""

import dataclasses

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry import Camera, triangulate, virtual_camera, warp_crop
from hand_geo_keras.geometry.lenses import (
    lens_points,
    lens_points_by_place,
    still_grows,
)

COEFFICIENTS = np.array([0.05, 0.01, -0.02, 0.003])
PINHOLE_COEFFICIENTS = np.array([-0.2, 0.1, 1e-3, -2e-3, 0.02])
K = np.array([[150.0, 0, 160], [0, 152, 118], [0, 0, 1]])
LENSES = [("fisheye", COEFFICIENTS), ("pinhole", PINHOLE_COEFFICIENTS)]


def fisheye(name="c", angle=0.0):
    R = cv2.Rodrigues(np.array([0.0, angle, 0]))[0]
    t = np.array([0.0, 0, 400])
    return Camera(name, K, COEFFICIENTS, R, t, (320, 240), lens="fisheye")


def points(reach=500, count=200):
    """Up to 70 degrees off the axis of the first camera."""
    rng = np.random.default_rng(0)
    return rng.uniform([-reach, -reach, -200], [reach, reach, 300], (count, 3))


def test_a_fisheye_projects_as_opencv_does():
    camera, seen = fisheye(angle=0.2), points()
    rvec = cv2.Rodrigues(camera.R)[0]
    expected, _ = cv2.fisheye.projectPoints(
        seen[:, None], rvec, camera.t, camera.K, COEFFICIENTS
    )
    np.testing.assert_allclose(camera.project(seen), expected[:, 0], atol=1e-9)


def test_what_lies_beside_or_behind_a_fisheye_is_seen_too():
    rays = np.array([[1.0, 0, 0], [1.0, 0, -0.1], [0, 0, 1.0]])
    seen = lens_points(rays, np.zeros(4), "fisheye")
    angles = [np.pi / 2, np.pi / 2 + np.arctan(0.1), 0.0]
    np.testing.assert_allclose(seen, np.c_[angles, np.zeros(3)], atol=1e-12)


def test_unproject_is_the_inverse_of_project():
    camera, seen = fisheye(angle=0.3), points(300)
    depth = camera.to_camera(seen)[:, 2]
    back = camera.unproject(camera.project(seen), depth)
    np.testing.assert_allclose(back, seen, atol=1e-5)
    assert camera.undistort(np.empty((0, 2))).shape == (0, 2)


def test_fisheyes_triangulate():
    cameras, seen = [fisheye("a"), fisheye("b", 0.6)], points(150)
    pixels = np.stack([camera.project(seen) for camera in cameras])
    np.testing.assert_allclose(triangulate(cameras, pixels), seen, atol=1e-4)


@pytest.mark.parametrize("box", [(160, 118, 60), (270, 60, 70)])
def test_crops_of_a_fisheye_are_those_of_a_pinhole(box):
    """A crop shows straight what the lens bends, as OpenCV's own maps do."""
    camera = fisheye()
    v, u = np.mgrid[:240, :320].astype(np.float32)
    image = np.uint8(128 + 60 * np.sin(u / 9) + 60 * np.cos(v / 7))[..., None]
    image = np.repeat(image, 3, axis=-1)
    crop = virtual_camera(camera, box, 48)
    maps = cv2.fisheye.initUndistortRectifyMap(
        K, COEFFICIENTS, crop.R @ camera.R.T, crop.K, (48, 48), cv2.CV_32FC1
    )
    expected = cv2.remap(image, *maps, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    got = warp_crop(image, camera, crop)
    assert np.abs(got.astype(float) - expected).max() <= 3
    # The crop looks straight at the box's centre.
    ray = camera.unproject(np.array(box[:2], float), 500.0)
    np.testing.assert_allclose(crop.project(ray), [23.5, 23.5], atol=1e-6)


@pytest.mark.parametrize(("lens", "distortion"), LENSES)
def test_derivatives(lens, distortion):
    at = np.array([[40.0, -30, 500], [-200, 150, 400]])
    seen, by_place = lens_points_by_place(at, distortion, lens)
    np.testing.assert_allclose(seen, lens_points(at, distortion, lens), atol=1e-12)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1e-3
        up, down = (lens_points(at + s, distortion, lens) for s in (step, -step))
        np.testing.assert_allclose(by_place[..., axis], (up - down) / 2e-3, atol=1e-8)


def test_where_a_polynomial_turns_back():
    rays = np.array([[0.1, 0, 1.0], [3.0, 0, 1.0]])
    strong = np.array([-0.5, 0, 0, 0, 0])
    assert still_grows(rays, strong, "pinhole").tolist() == [True, False]
    assert still_grows(rays, strong[:4], "fisheye").tolist() == [True, False]
    assert still_grows(rays, np.zeros(4), "fisheye").all()


def test_each_lens_has_its_coefficients():
    with pytest.raises(CalibrationError, match=r"'distortion' must be finite.*\(4,\)"):
        dataclasses.replace(fisheye(), distortion=np.zeros(5))
    with pytest.raises(CalibrationError, match="'lens' must be one of pinhole, fish"):
        dataclasses.replace(fisheye(), lens="omni")
