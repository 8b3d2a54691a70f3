import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.viewer.correct import epipolar_line, placed_joint
from tests.viewer.correct.conftest import CAMERAS, make_camera

POINT = np.array([10.0, -15.0, 20.0])
coordinates = st.floats(-40, 40)


@settings(max_examples=20, deadline=None)
@given(st.tuples(coordinates, coordinates, coordinates))
def test_placed_in_two_views_it_is_where_both_see_it(target):
    placed = {v: camera.project(np.array(target)) for v, camera in enumerate(CAMERAS)}
    np.testing.assert_allclose(placed_joint(CAMERAS, POINT, placed), target, atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.floats(-30, 30), st.floats(-30, 30))
def test_placed_in_one_view_it_moves_across_the_line_of_sight(dx, dy):
    pixel = CAMERAS[0].project(POINT) + [dx, dy]
    moved = placed_joint(CAMERAS, POINT, {0: pixel})
    np.testing.assert_allclose(CAMERAS[0].project(moved), pixel, atol=0.1)
    # Along the ray it is nearest to where it was seen in the other view.
    depths = np.linspace(400, 600, 401)
    ray = CAMERAS[0].unproject(np.tile(pixel, (401, 1)), depths)
    off = np.linalg.norm(CAMERAS[1].project(ray) - CAMERAS[1].project(POINT), axis=-1)
    best = ray[off.argmin()]
    assert np.linalg.norm(moved - best) < 1.5


def test_views_that_contradict_each_other_split_the_error():
    pixels = {v: camera.project(POINT) for v, camera in enumerate(CAMERAS)}
    pixels[1] = pixels[1] + [0, 8]
    moved = placed_joint(CAMERAS, POINT, pixels)
    errors = [
        np.linalg.norm(camera.project(moved) - pixels[v])
        for v, camera in enumerate(CAMERAS)
    ]
    np.testing.assert_allclose(errors, 4, atol=0.4)


def test_unplaced_views_do_not_count_once_two_are_placed():
    third = make_camera("third", 1.2)
    target = POINT + [5, 5, -12]
    placed = {v: camera.project(target) for v, camera in enumerate(CAMERAS)}
    moved = placed_joint([*CAMERAS, third], POINT, placed)
    np.testing.assert_allclose(moved, target, atol=1e-3)


def test_the_epipolar_line_holds_all_points_of_the_ray():
    pixel = CAMERAS[0].project(POINT)
    line = epipolar_line(CAMERAS[0], pixel, CAMERAS[1], 500.0)
    assert len(line) > 10
    for depth in (430, 500, 560):
        point = CAMERAS[0].unproject(pixel, depth)
        seen = CAMERAS[1].project(point)
        starts, steps = line[:-1], np.diff(line, axis=0)
        along = ((seen - starts) * steps).sum(1) / (steps**2).sum(1)
        nearest = starts + along.clip(0, 1)[:, None] * steps
        assert np.linalg.norm(nearest - seen, axis=1).min() < 0.5


def test_a_line_does_not_come_back_through_a_lens_that_folds():
    """Distortion as of a real webcam, whose polynomial falls outside the image."""
    left, right = (
        dataclasses.replace(camera, distortion=[-0.014, 1.42, -0.0035, -0.0036, -6.4])
        for camera in CAMERAS
    )
    folded = right.project(left.unproject(np.tile([60.0, 60], (48, 1)), DEPTHS))
    line = epipolar_line(left, (60.0, 60), right, 500.0)
    assert turns_back(folded) and not turns_back(line) and len(line) > 8


DEPTHS = 500 * np.geomspace(0.25, 4, 48)


def turns_back(line):
    steps = np.diff(line, axis=0)
    return bool(((steps[1:] * steps[:-1]).sum(1) < 0).any())


def test_nothing_of_a_line_that_is_behind_the_other_camera():
    behind = make_camera("behind", 3.1)
    behind = type(behind)(
        "behind", behind.K, behind.distortion, behind.R, [0, 0, -3000.0], (320, 240)
    )
    pixel = CAMERAS[0].project(POINT)
    assert epipolar_line(CAMERAS[0], pixel, behind, 500.0).shape == (0, 2)


def test_without_a_place_it_stays():
    assert placed_joint(CAMERAS, POINT, {}) == pytest.approx(POINT)
