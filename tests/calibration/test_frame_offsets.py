"""Frame offsets from synthetic motion, without images."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.calibration import Board
from hand_geo_keras.calibration.board_pose import BoardPose, mean_pose
from hand_geo_keras.calibration.camera_tree import spanning_tree
from hand_geo_keras.calibration.frame_offsets import (
    PairOffset,
    check_synchronised,
    frame_offsets,
    pair_offset,
)
from hand_geo_keras.errors import CalibrationError
from tests.calibration.board_films import board_motion, webcam

A = webcam("a", [0, 0, 0], [0, 0, 0])
B = webcam("b", [0, 0.5, 0], [-250, 0, 60])
OUTLINE = Board().outline


def seen(camera, R, t, frames, noise=0.002, seed=0):
    """dict from frame to `BoardPose` with noise, and the board's speed."""
    rng = np.random.default_rng(seed)
    poses = {}
    for frame, turn, place in zip(frames, R, t):
        slip = cv2.Rodrigues(rng.normal(0, noise, 3))[0]
        moved = camera.R @ place + camera.t + rng.normal(0, 300 * noise, 3)
        poses[frame] = BoardPose(slip @ camera.R @ turn, moved, 0.1)
    return poses, dict.fromkeys(poses, 2.0)


def estimate(shift, count=80, max_shift=60, b_motion=None):
    R, t = board_motion(count, [0, 0, 600], [100, 80, 100], seed=4, keys=count // 7)
    a, a_speed = seen(A, R, t, range(count))
    R, t = (R, t) if b_motion is None else b_motion
    frames = [frame + shift for frame in range(count)]
    b, b_speed = seen(B, R, t, frames, seed=1)
    return pair_offset(A, B, a, b, (a_speed, b_speed), OUTLINE, max_shift)


@settings(max_examples=12, deadline=None)
@given(st.integers(-40, 40))
def test_any_shift_is_found(shift):
    found = estimate(shift)
    assert (found.shift, found.common, found.moves) == (shift, 80, True)
    assert abs(found.remainder) < 0.3


def test_parts_of_a_frame_are_told():
    R, t = board_motion(800, [0, 0, 600], [100, 80, 100], seed=4, keys=12)
    a, a_speed = seen(A, R[::10], t[::10], range(80), noise=1e-4)
    b, b_speed = seen(B, R[3::10], t[3::10], range(80), noise=1e-4, seed=1)
    found = pair_offset(A, B, a, b, (a_speed, b_speed), OUTLINE, 20)
    assert found.shift == 0
    assert found.remainder == pytest.approx(-0.3, abs=0.1)


def test_other_motion_fits_at_no_shift():
    other = board_motion(80, [0, 0, 600], [100, 80, 100], seed=9, keys=11)
    assert estimate(0, b_motion=other).shift is None


def test_too_few_common_frames_tell_nothing():
    assert estimate(79, max_shift=20).shift is None


def test_offsets_are_chained_and_begin_at_zero():
    pairs = {
        (0, 1): PairOffset(-4, 0, 50, 0.5, True),
        (1, 2): PairOffset(7, 0, 40, 0.5, True),
        (0, 2): PairOffset(None),
    }
    assert frame_offsets(["a", "b", "c"], pairs) == {"a": 4, "b": 0, "c": 7}


def test_cameras_without_a_common_view():
    pairs = {(0, 1): PairOffset(2, 0, 50, 0.5, True), (0, 2): PairOffset(None)}
    pairs[1, 2] = PairOffset(None)
    with pytest.raises(CalibrationError, match="both a, b and c at once"):
        frame_offsets(["a", "b", "c"], pairs)
    pairs[1, 2] = PairOffset(0, 0, 9, 0.1, moves=False)
    with pytest.raises(CalibrationError, match="hardly moves while a, b and c see"):
        frame_offsets(["a", "b", "c"], pairs)


def test_half_a_frame_is_no_contradiction():
    check_synchronised(["a", "b"], {(0, 1): PairOffset(1, -0.5, 50, 0.5, True)})
    with pytest.raises(CalibrationError, match="3 frames earlier than that of a"):
        check_synchronised(["a", "b"], {(0, 1): PairOffset(-3, 0, 50, 0.5, True)})


def test_the_mean_pose_ignores_outliers():
    rng = np.random.default_rng(0)
    true = cv2.Rodrigues(np.array([0.3, -0.5, 0.2]))[0]
    R = np.array([cv2.Rodrigues(v)[0] @ true for v in rng.normal(0, 0.003, (20, 3))])
    t = np.array([10.0, 20, 300]) + rng.normal(0, 1, (20, 3))
    R[:5] = [cv2.Rodrigues(v)[0] for v in rng.normal(0, 1, (5, 3))]
    t[:5] += 400
    mean, place = mean_pose(R, t)
    assert np.degrees(np.linalg.norm(cv2.Rodrigues(mean @ true.T)[0])) < 0.3
    np.testing.assert_allclose(place, [10, 20, 300], atol=1.5)
    np.testing.assert_allclose(mean @ mean.T, np.eye(3), atol=1e-9)


def test_the_tree_takes_the_strongest_pairs():
    edges, groups = spanning_tree(4, {(0, 1): 2, (0, 2): 9, (1, 2): 8, (0, 3): 1})
    assert edges[0] == (0, 2) and (2, 1) in edges and len(edges) == 3
    assert groups == [[0, 1, 2, 3]]
    assert spanning_tree(3, {(0, 2): 1})[1] == [[0, 2], [1]]
