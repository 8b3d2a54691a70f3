"""Named hand shapes and the anatomical limits of the joint angles (degrees)."""

from typing import Any

import numpy as np

# [5, 4]: base flexion, base spread, middle and end flexion of each finger; the
# thumb's first two are flexion across the palm and adduction (see `HandPose`).
LOWER_LIMITS = np.array(
    [
        [-20.0, -18.0, -8.0, -12.0],
        [-20.0, -20.0, 0.0, -5.0],
        [-20.0, -14.0, 0.0, -5.0],
        [-20.0, -12.0, 0.0, -5.0],
        [-20.0, -12.0, 0.0, -5.0],
    ]
)
UPPER_LIMITS = np.array(
    [
        [45.0, 42.0, 60.0, 75.0],
        [92.0, 14.0, 112.0, 75.0],
        [92.0, 14.0, 112.0, 75.0],
        [94.0, 18.0, 112.0, 75.0],
        [96.0, 26.0, 110.0, 75.0],
    ]
)
WRIST_LIMITS = np.array([[-60.0, -20.0], [65.0, 32.0]])

_RELAXED_SPREAD = np.array([-4.0, 0.0, 3.0, 7.0])


def _curled(amounts, spread=1.0):
    """Fingers `[4, 4]` curled by 0 (straight) to 1 (into the palm)."""
    amounts = np.asarray(amounts, np.float64)
    angles = np.outer(amounts, [85.0, 0.0, 104.0, 62.0])
    angles[:, 1] = _RELAXED_SPREAD * spread * (1 - 0.8 * amounts)
    return angles


def _shape(thumb, amounts, spread=1.0):
    return np.vstack([thumb, _curled(amounts, spread)])


_THUMB_OUT = (-12, -6, 0, 0)
_THUMB_RELAXED = (4, 6, 12, 15)
_THUMB_BESIDE = (8, 32, 8, 8)
_THUMB_OVER = (18, -2, 52, 55)
_THUMB_IN_PALM = (39, 7, 38, 44)

SHAPES = {
    "open": _shape(_THUMB_RELAXED, [0.02, 0, 0, 0.03], 1.3),
    "flat": _shape(_THUMB_BESIDE, [0.02, 0.02, 0.02, 0.02], 0.1),
    "spread": _shape(_THUMB_OUT, [0, 0, 0, 0], 2.7),
    "relaxed": _shape(_THUMB_RELAXED, [0.22, 0.28, 0.32, 0.32]),
    "half_closed": _shape((10, 4, 18, 20), [0.45, 0.5, 0.54, 0.55]),
    "fist": _shape(_THUMB_OVER, [1.04, 1.02, 1.0, 0.98]),
    "thumb_up": _shape((-14, 22, -4, -8), [0.98, 1, 1, 0.98]),
    "point": _shape(_THUMB_OVER, [0.03, 0.97, 1, 0.98]),
    "gun": _shape(_THUMB_OUT, [0.03, 0.97, 1, 0.98]),
    "two": _shape(_THUMB_IN_PALM, [0.02, 0.02, 0.97, 0.96], 2.4),
    "three": _shape(_THUMB_IN_PALM, [0.02, 0, 0.03, 0.95], 1.9),
    "three_with_thumb": _shape(_THUMB_OUT, [0.02, 0.02, 0.97, 0.95], 2.0),
    "four": _shape(_THUMB_IN_PALM, [0.02, 0, 0, 0.03], 1.8),
    "horns": _shape(_THUMB_OVER, [0.03, 0.98, 0.98, 0.05], 1.0),
    "call": _shape(_THUMB_OUT, [0.98, 1, 0.97, 0.05]),
    "pinch": np.array(
        [
            [22, -18, 44, 20],
            [48, -8, 63, 32],
            [55, 0, 50, 30],
            [60, 3, 55, 30],
            [60, 6, 50, 30],
        ]
    ),
    "ok": np.array(
        [
            [29, -18, 32, 20],
            [36, -9, 65, 37],
            [20, 0, 15, 10],
            [10, 3, 10, 6],
            [5, 10, 8, 5],
        ]
    ),
    "grasp": np.array(
        [
            [14, -12, 14, 18],
            [40, -8, 40, 22],
            [42, 0, 45, 26],
            [42, 4, 46, 26],
            [42, 10, 42, 22],
        ]
    ),
    "claw": _shape((0, -4, 25, 40), [0, 0, 0, 0], 1.8)
    + np.array([[0] * 4] + [[0, 0, 68, 45]] * 4),
}


def clip_to_limits(fingers: Any) -> Any:
    """Clips angles `[..., 5, 4]` to what a hand can do.

    Beside the fixed ranges, a flexed finger can hardly be spread (its collateral
    ligaments are tight), and the end joint bends with the middle one.
    """
    fingers = np.clip(fingers, LOWER_LIMITS, UPPER_LIMITS)
    base, middle = fingers[..., 1:, 0], fingers[..., 1:, 2]
    spread_left = np.clip(1 - base / 90, 0.1, 1)
    fingers[..., 1:, 1] *= spread_left
    # The tendons couple them: the end joint follows at about 2/3, within 25 degrees.
    coupled = np.clip(fingers[..., 1:, 3], middle * 0.67 - 25, middle * 0.67 + 25)
    fingers[..., 1:, 3] = np.clip(coupled, LOWER_LIMITS[1:, 3], UPPER_LIMITS[1:, 3])
    return fingers
