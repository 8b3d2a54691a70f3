import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.layers import PerspectiveLift
from hand_geo_keras.pipelines.crop_geometry import ViewJitter, crop_view

FOCAL, SIZE, STORED = 320.0, 64, 80


def hand(seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-70, 70, (21, 3)) + [0, 0, 700]


def pixels_in(joints, focal, size):
    return joints[:, :2] / joints[:, 2:] * focal + (size - 1) / 2


@settings(max_examples=25, deadline=None)
@given(
    roll=st.floats(-3, 3),
    x=st.floats(-0.4, 0.4),
    y=st.floats(-0.4, 0.4),
    zoom=st.floats(0.7, 1.4),
)
def test_points_are_the_projections_into_the_new_crop(roll, x, y, zoom):
    joints, view = hand(0), crop_view(FOCAL, SIZE, roll, (x, y), zoom)
    points = view.points(joints)
    stored = pixels_in(joints, FOCAL, STORED)
    homography = (
        view.intrinsics
        @ view.rotation
        @ np.linalg.inv(np.array([[FOCAL, 0, 39.5], [0, FOCAL, 39.5], [0, 0, 1]]))
    )
    warped = np.c_[stored, np.ones(21)] @ homography.T
    warped = warped[:, :2] / warped[:, 2:]
    np.testing.assert_allclose((points[:, :2] + 1) * SIZE / 2 - 0.5, warped, atol=1e-6)


def test_the_lift_undoes_the_projection_up_to_the_size_of_the_hand():
    joints = hand(1)
    view = crop_view(FOCAL, SIZE, 0.4, (0.2, -0.1), 1.2)
    points = view.points(joints)[None].astype("float32")
    scale = np.array([view.size / 2 / view.focal], "float32")
    lifted = np.asarray(PerspectiveLift.lift(points, scale))[0]
    true = (joints - joints[0]) @ view.rotation.T
    unit = scale[0] * (joints @ view.rotation.T)[0, 2]
    np.testing.assert_allclose(lifted * unit, true, atol=1e-2)


def test_a_dot_moves_to_where_the_points_say():
    joints = np.tile([[30.0, -20.0, 600.0]], (21, 1))
    image = np.zeros((STORED, STORED, 3), np.uint8)
    x, y = np.round(pixels_in(joints, FOCAL, STORED)[0]).astype(int)
    image[y, x] = 255
    view = crop_view(FOCAL, SIZE, np.pi / 3, (0.1, 0.2), 1.0)
    row, column = np.unravel_index(
        view.warp(image, FOCAL)[..., 0].argmax(), (SIZE,) * 2
    )
    expected = (view.points(joints)[0, :2] + 1) * SIZE / 2 - 0.5
    np.testing.assert_allclose([column, row], expected, atol=1.0)


@pytest.mark.parametrize("any_roll, most", [(0.0, 20.0), (1.0, 180.0)])
def test_jitter_stays_in_its_ranges(any_roll, most):
    rng = np.random.default_rng(0)
    jitter = ViewJitter(any_roll=any_roll, shift=0.0)
    views = [jitter.sample(rng, FOCAL, SIZE) for _ in range(200)]
    rolls = [np.degrees(np.arctan2(v.rotation[1, 0], v.rotation[0, 0])) for v in views]
    assert 0.8 * most < np.abs(rolls).max() <= most
    zooms = np.array([view.focal for view in views]) / FOCAL
    assert 0.6 < zooms.min() < 0.9 and 1.1 < zooms.max() < 1.7
