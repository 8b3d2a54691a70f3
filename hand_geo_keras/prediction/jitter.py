"""How much predicted joints tremble from frame to frame."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.prediction.hand_prediction import HandPrediction

# For white noise the second difference is this much longer than the first.
_SECOND_TO_FIRST = np.sqrt(3.0)


def frame_jitter(positions: np.ndarray, frames: np.ndarray) -> float | None:
    """Jitter of a track: the frame-to-frame step that is not steady motion.

    The median length of second differences, over sqrt(3): for a hand at rest under
    white noise that is the length of the step from one frame to the next, and a hand
    that moves steadily has none. Only three frames in a row count.

    Args:
        positions: `[T, J, D]` joints in mm (or pixels).
        frames: `[T]` ascending frame indices.

    Returns:
        float in the unit of `positions` per frame, or None without three frames in a
        row.

    Example:
        >>> moving = np.arange(5.0)[:, None, None] * np.ones((5, 21, 3))
        >>> frame_jitter(moving, np.arange(5))
        0.0
    """
    positions, frames = np.asarray(positions, np.float64), np.asarray(frames)
    if len(frames) < 3:
        return None
    in_a_row = (np.diff(frames)[1:] == 1) & (np.diff(frames)[:-1] == 1)
    if not in_a_row.any():
        return None
    bends = np.diff(positions, 2, axis=0)[in_a_row]
    steps = np.linalg.norm(bends, axis=-1).mean(-1)  # [T - 2]
    return float(np.median(steps) / _SECOND_TO_FIRST)


def jitter_of_hands(hands: Sequence[HandPrediction]) -> dict[Any, Any]:
    """Jitter of all hands of a video, in three ways.

    Args:
        hands: List of `HandPrediction`; tracks may be mixed.

    Returns:
        dict of `"joints_mm"` (relative to the wrist), `"wrist_mm"` (in the camera's
        frame) and `"pixels_px"`: mm or pixels per frame, weighted by the frames of each
        track; None where nothing is known.
    """
    values = {
        "joints_mm": lambda hand: hand.joints[1:],
        "wrist_mm": lambda hand: hand.wrist if hand.wrist is None else hand.wrist[None],
        "pixels_px": lambda hand: hand.pixels,
    }
    return {name: _mean_jitter(hands, value) for name, value in values.items()}


def _mean_jitter(hands, value):
    found, counts = [], []
    for track in sorted({hand.track for hand in hands}):
        own = [h for h in hands if h.track == track and value(h) is not None]
        jitter = frame_jitter([value(h) for h in own], [h.frame for h in own])
        if jitter is not None:
            found.append(jitter)
            counts.append(len(own))
    return float(np.average(found, weights=counts)) if found else None
