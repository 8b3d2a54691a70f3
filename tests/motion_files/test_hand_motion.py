import dataclasses

import numpy as np
import pytest

from tests.motion_files.conftest import make_motion


def test_missing_frames_are_nan_at_a_constant_rate(joints):
    motion = make_motion(joints, missing=(4, 5)).at_constant_rate()
    assert motion.frames.tolist() == list(range(3, 43))
    np.testing.assert_allclose(np.diff(motion.times), 1 / 25)
    seen = np.isfinite(motion.joints).all((1, 2))
    assert np.flatnonzero(~seen).tolist() == [4, 5]
    np.testing.assert_array_equal(motion.joints[seen], joints[seen])


def test_irregular_time_stamps_are_interpolated(joints):
    motion = make_motion(joints)
    times = 1.0 + np.arange(40) / 25
    times[20:] += 0.04 * np.arange(20) / 20  # a rate that sinks a little
    line = times[:, None, None] * np.ones((21, 3))
    slow = dataclasses.replace(motion, times=times, joints=line).at_constant_rate()
    np.testing.assert_allclose(np.diff(slow.times), 1 / 25)
    expected = slow.times.clip(max=times[-1])[:, None, None] * np.ones((21, 3))
    np.testing.assert_allclose(slow.joints, expected, atol=1e-9)
    assert abs(slow.times[-1] - times[-1]) < 0.02


def test_irregular_time_stamps_with_a_gap(joints):
    frames = np.array([0, 1, 2, 10, 11])
    times = np.array([0.0, 0.05, 0.09, 0.495, 0.535])
    motion = dataclasses.replace(
        make_motion(joints), frames=frames, times=times, joints=joints[:5]
    ).at_constant_rate()
    unknown = np.isnan(motion.joints).all((1, 2))
    inside = (motion.times > 0.11) & (motion.times < 0.475)
    np.testing.assert_array_equal(unknown, inside)
    np.testing.assert_array_equal(motion.joints[-2], joints[3])  # nothing in between


def test_y_is_up_except_in_a_world(motion):
    np.testing.assert_array_equal(motion.y_up()[..., 1], -motion.joints[..., 1])
    np.testing.assert_array_equal(motion.y_up()[..., 2], -motion.joints[..., 2])
    world = dataclasses.replace(motion, reference="world")
    np.testing.assert_array_equal(world.y_up(), motion.joints)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"frames": np.zeros(40)}, "must ascend"),
        ({"joints": np.zeros((40, 20, 3))}, "joints \\[T, 21, 3\\]"),
        ({"reference": "moon"}, "reference='moon'"),
        ({"fps": 0}, "fps=0"),
    ],
)
def test_what_is_no_motion_is_refused(motion, change, match):
    with pytest.raises(ValueError, match=match):
        dataclasses.replace(motion, **change)
