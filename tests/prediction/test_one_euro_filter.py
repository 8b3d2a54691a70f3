import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hand_geo_keras.prediction.one_euro_filter import OneEuroFilter, OneEuroSettings


def of_the_paper(values, times, min_cutoff, beta, d_cutoff):
    """One coordinate, as in the appendix of Casiez et al. 2012."""

    def alpha(cutoff, rate):
        tau, step = 1 / (2 * np.pi * cutoff), 1 / rate
        return 1 / (1 + tau / step)

    smoothed, derivative, previous = values[0], 0.0, values[0]
    result = [smoothed]
    for value, step in zip(values[1:], np.diff(times)):
        rate = 1 / step
        change = (value - previous) * rate
        a = alpha(d_cutoff, rate)
        derivative = a * change + (1 - a) * derivative
        a = alpha(min_cutoff + beta * abs(derivative), rate)
        smoothed = a * value + (1 - a) * smoothed
        previous = smoothed
        result.append(smoothed)
    return np.array(result)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    min_cutoff=st.floats(0.1, 10),
    beta=st.floats(0, 0.1),
    d_cutoff=st.floats(0.2, 5),
)
def test_one_coordinate_is_filtered_as_in_the_paper(seed, min_cutoff, beta, d_cutoff):
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.005, 0.1, 50))
    values = np.cumsum(rng.normal(0, 5, 50))
    smooth = OneEuroFilter(OneEuroSettings(min_cutoff, beta, d_cutoff))
    found = [smooth([[value]], time).item() for value, time in zip(values, times)]
    expected = of_the_paper(values, times, min_cutoff, beta, d_cutoff)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_rotated_axes_give_the_rotated_result():
    rng = np.random.default_rng(0)
    points = np.cumsum(rng.normal(0, 5, (30, 4, 3)), axis=0)
    turn = Rotation.random(random_state=1).as_matrix()
    one, other = (OneEuroFilter(OneEuroSettings()) for _ in range(2))
    for number, joints in enumerate(points):
        expected = one(joints, number / 30) @ turn.T
        found = other(joints @ turn.T, number / 30)
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_repeated_time_stamp_changes_nothing():
    smooth = OneEuroFilter(OneEuroSettings())
    smooth([[0.0]], 1.0)
    before = smooth([[1.0]], 1.1)
    np.testing.assert_array_equal(smooth([[50.0]], 1.1), before)


def test_after_a_reset_points_pass_unchanged():
    smooth = OneEuroFilter(OneEuroSettings())
    smooth([[0.0]], 0.0)
    assert smooth([[9.0]], 0.1).item() < 9
    smooth.reset()
    assert smooth([[9.0]], 0.2).item() == 9


@pytest.mark.parametrize(
    "wrong", [{"min_cutoff_hz": 0}, {"derivative_cutoff_hz": -1}, {"beta": -0.1}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="One-Euro filter needs"):
        OneEuroSettings(**wrong)
