"""The labelled joints of a recording as one array."""

from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.recordings.recording import Recording

_MAX_FRAMES = 500


def label_joints(recording: Recording) -> np.ndarray:
    """Joints of the labelled hands, of at most 500 evenly spread frames.

    Hands that no camera sees are there as well: that is what is to be found.

    Returns:
        `[N, 21, 3]` float64 in mm, NaN where a joint is invalid.
    """
    frames = sampled(recording.labelled_frames, _MAX_FRAMES)
    hands = [
        np.where(hand.valid[:, None], hand.joints, np.nan)
        for frame in frames
        for hand in recording.all_hands(frame)
        if hand.valid.any()
    ]
    return np.array(hands).reshape(-1, NUM_JOINTS, 3)


def sampled(values: Any, count: int) -> list[Any]:
    """At most `count` of `values`, evenly spread."""
    if len(values) <= count:
        return list(values)
    return [values[i] for i in np.linspace(0, len(values) - 1, count).astype(int)]
