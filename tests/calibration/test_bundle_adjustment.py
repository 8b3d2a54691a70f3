"""The bundle adjustment against known scenes, and its parts against differences."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.calibration.bundle_adjustment import Corners, adjust_bundle
from hand_geo_keras.calibration.projection import project, rotations
from hand_geo_keras.geometry import Camera
from tests.calibration.board_films import webcam

CAMERAS = (
    webcam("a", [0, 0, 0], [0, 0, 0]),
    webcam("b", [0.02, 0.5, 0], [-250, 0, 60], 640, (-0.1, 0.02, 0, 0, 0)),
)


def differences(function, x, step=1e-6):
    """Numerical derivative; the last axis is that of `x`."""
    columns = []
    for index in range(x.shape[-1]):
        move = np.zeros(x.shape[-1])
        move[index] = step
        columns.append((function(x + move) - function(x - move)) / (2 * step))
    return np.stack(columns, -1)


def test_projection_is_opencv_s_and_has_the_right_derivatives():
    rng = np.random.default_rng(0)
    points = rng.uniform([-0.3, -0.3, 0.8], [0.3, 0.3, 1.2], (7, 3))
    lens = np.array([[500, 510, 320, 240, 0.1, -0.05, 0.01, -0.02, 0.03]] * 7)
    pixels, by_point, by_lens = project(points, lens)
    K = np.array([[500, 0, 320], [0, 510, 240], [0, 0, 1.0]])
    known = cv2.projectPoints(points, np.zeros(3), np.zeros(3), K, lens[0, 4:])[0]
    np.testing.assert_allclose(pixels, known[:, 0], atol=1e-9)
    by = differences(lambda p: project(p, lens)[0], points)
    np.testing.assert_allclose(by_point, by, atol=1e-4)
    by = differences(lambda values: project(points, values)[0], lens)
    np.testing.assert_allclose(by_lens, by, atol=1e-4)


def test_rotations_have_the_right_derivatives():
    vectors = np.random.default_rng(1).normal(size=(4, 3))
    vectors[0] = 0
    R, by_vector = rotations(vectors)
    np.testing.assert_allclose(R[0], np.eye(3))
    by = differences(lambda v: rotations(v)[0], vectors)
    np.testing.assert_allclose(by_vector, by, atol=1e-7)


@pytest.fixture(scope="module")
def scene():
    """`(boards, corners, which are wrong)`: 40 boards, 0.1 px noise, 2 % outliers."""
    rng = np.random.default_rng(2)
    x, y = np.meshgrid(np.arange(6), np.arange(5))
    grid = 30.0 * np.stack([x, y, 0 * x], -1).reshape(-1, 3)
    R = np.array([cv2.Rodrigues(v)[0] for v in rng.uniform(-0.6, 0.6, (40, 3))])
    t = rng.uniform([-150, -120, 450], [0, 0, 750], (40, 3))
    camera, instant = np.divmod(np.arange(80), 40)
    rows = []
    for c, i in zip(camera, instant):
        pixels = CAMERAS[c].project(grid @ R[i].T + t[i])
        inside = ((pixels > 0) & (pixels < [640, 480])).all(1)
        ones = np.ones(inside.sum(), int)
        rows.append((c * ones, i * ones, grid[inside], pixels[inside]))
    corners = Corners(*map(np.concatenate, zip(*rows)))
    corners.pixels[:] += rng.normal(0, 0.1, corners.pixels.shape)
    wrong = rng.random(len(corners)) < 0.02
    corners.pixels[wrong] += rng.choice([-15, 15], (wrong.sum(), 2))
    return (R, t), corners, wrong


def test_cameras_are_found_from_a_poor_start(scene):
    (R, t), corners, wrong = scene
    rng = np.random.default_rng(3)
    start = []
    for index, camera in enumerate(CAMERAS):
        K = camera.K * [[1.03, 1, 1], [1, 1.03, 1], [1, 1, 1]]
        turn = cv2.Rodrigues(rng.normal(0, 0.01 * index, 3))[0]
        moved = camera.t + rng.normal(0, 5 * index, 3)
        start.append(
            Camera(camera.name, K, np.zeros(5), turn @ camera.R, moved, (640, 480))
        )
    turns = np.array([cv2.Rodrigues(v)[0] for v in rng.normal(0, 0.02, (40, 3))])
    boards = turns @ R, t + rng.normal(0, 8, t.shape)
    found = adjust_bundle(start, boards, corners)
    assert not found.kept[wrong].any()
    assert found.kept[~wrong].mean() > 0.99
    for index, (camera, true) in enumerate(zip(found.cameras, CAMERAS)):
        std = found.lens_std[index]
        off = np.abs([camera.K[0, 0] - true.K[0, 0], camera.K[0, 2] - true.K[0, 2]])
        assert (off < 4 * std[[0, 2]] + 0.1).all()
        assert (std[:2] < 1).all()
        np.testing.assert_allclose(camera.center, true.center, atol=1)
        turn = cv2.Rodrigues(camera.R @ true.R.T)[0]
        assert np.degrees(np.linalg.norm(turn)) < 0.1
    assert np.sqrt((found.errors**2).mean()) == pytest.approx(0.1, abs=0.02)


def test_what_the_views_leave_open_is_uncertain():
    """One board without tilt tells nothing about the focal length."""
    x, y = np.meshgrid(np.arange(6), np.arange(5))
    grid = 30.0 * np.stack([x, y, 0 * x], -1).reshape(-1, 3)
    pinhole = Camera("a", CAMERAS[0].K, np.zeros(5), np.eye(3), np.zeros(3), (640, 480))
    t = np.array([[-70.0, -60, 600]])
    pixels = pinhole.project(grid + t[0])
    pixels += np.random.default_rng(0).normal(0, 0.1, pixels.shape)
    zeros = np.zeros(len(grid), int)
    corners = Corners(zeros, zeros, grid, pixels)
    found = adjust_bundle([pinhole], (np.eye(3)[None], t), corners)
    assert found.lens_std[0, 0] > 30
