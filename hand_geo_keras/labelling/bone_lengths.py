"""Distances between joints that hardly change while a hand moves."""

import numpy as np

from hand_geo_keras.geometry.skeleton import EDGES
from hand_geo_keras.recordings.hand_shape import BONE_RATIOS

# Across the palm, beside the bones.
_PALM = ((1, 5), (5, 9), (9, 13), (13, 17), (5, 17))
PAIRS = (*EDGES, *_PALM)
# Relative std; the palm is less stiff, most of all at the thumb.
TOLERANCE = np.array([0.04] * len(EDGES) + [0.15, 0.08, 0.08, 0.08, 0.08])
# How far typical proportions count beside measured ones: bent fingers, which hide
# their own joints, are measured too short wherever they are seen from.
_TYPICAL = 0.5


def pair_lengths(joints: np.ndarray) -> np.ndarray:
    """`[..., P]` distances in mm of the `PAIRS` of joints `[..., 21, 3]`."""
    one, other = np.array(PAIRS).T
    return np.linalg.norm(joints[..., one, :] - joints[..., other, :], axis=-1)


def bone_lengths(joints: np.ndarray, typical: float = _TYPICAL) -> np.ndarray:
    """Constant lengths of the `PAIRS`: medians over the frames, and a prior.

    The prior are an adult's proportions, in the size that fits the medians best;
    lengths across the palm have none.

    Args:
        joints: `[T, 21, 3]` joints in mm, NaN where unknown.
        typical: Weight of the prior in 0..1.

    Returns:
        `[P]` float64 mm.
    """
    measured = np.nanmedian(pair_lengths(joints), axis=0)
    logs = np.log(measured[: len(EDGES)])
    prior = np.log(BONE_RATIOS)
    prior = prior + np.median(logs - prior)
    blended = np.exp((1 - typical) * logs + typical * prior)
    return np.concatenate([blended, measured[len(EDGES) :]])
