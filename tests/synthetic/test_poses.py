import numpy as np
import pytest

from hand_geo_keras.synthetic.poses import (
    LOWER_LIMITS,
    SHAPES,
    UPPER_LIMITS,
    clip_to_limits,
)


@pytest.mark.parametrize("name", list(SHAPES))
def test_named_shapes_are_possible(name):
    shape = np.asarray(SHAPES[name], np.float64)
    assert shape.shape == (5, 4)
    np.testing.assert_allclose(clip_to_limits(shape.copy()), shape, atol=16)


def test_limits_hold_for_any_angles():
    wild = np.random.default_rng(0).normal(0, 200, (500, 5, 4))
    clipped = clip_to_limits(wild)
    assert (clipped >= LOWER_LIMITS - 1e-9).all()
    assert (clipped <= UPPER_LIMITS + 1e-9).all()


def test_a_flexed_finger_can_hardly_be_spread():
    angles = np.zeros((5, 4))
    angles[1:, 0], angles[1:, 1] = 90, 10
    assert (clip_to_limits(angles)[1:, 1] <= 2).all()


def test_end_joint_follows_the_middle_joint():
    angles = np.zeros((5, 4))
    angles[1:, 2], angles[1:, 3] = 100, 0
    assert (clip_to_limits(angles)[1:, 3] > 35).all()
