"""Hand articulations sampled far more widely than people gesture."""

import numpy as np

from hand_geo_keras.synthetic.hand_model import NUM_SHAPES, HandModel, HandPose
from hand_geo_keras.synthetic.poses import (
    LOWER_LIMITS,
    SHAPES,
    UPPER_LIMITS,
    WRIST_LIMITS,
    clip_to_limits,
)

_NAMED = np.stack(list(SHAPES.values()))  # [shapes, 5, 4]
# Curl of a finger from straight to closed: base, middle and end flexion in degrees.
_CURL = np.array([88.0, 105.0, 65.0])


def random_pose(rng: np.random.Generator) -> HandPose:
    """Samples a `HandPose`: fingers, wrist, elbow and forearm.

    A third of the fingers come from a mixture of two named hand shapes, a third are
    chosen finger by finger from different shapes, and the rest curl independently of
    each other. Per-finger sampling is wider than what people do, which transfers to
    real hands better than natural gestures alone.

    Args:
        rng: `np.random.Generator`.

    Returns:
        `HandPose` within the anatomical limits.
    """
    kind = rng.random()
    if kind < 0.35:
        fingers = _between_shapes(rng)
    elif kind < 0.65:
        fingers = _finger_by_finger(rng)
    else:
        fingers = _independent_curls(rng)
    fingers = fingers + rng.normal(0, 1, (5, 4)) * [7.0, 4.0, 8.0, 6.0]
    twist = rng.uniform(-80, 80)
    return HandPose(clip_to_limits(fingers), _wrist(rng), rng.uniform(15, 130), twist)


def random_hand_model(rng: np.random.Generator, offsets: np.ndarray) -> HandModel:
    """Samples a subject's `HandModel`, from a child's hand to a large man's.

    Args:
        rng: `np.random.Generator`.
        offsets: `[vertices]` outward offset of sleeve and bracelet in mm.
    """
    shape = np.clip(rng.normal(0, 1.0, NUM_SHAPES), -2.2, 2.2)
    return HandModel(shape, rng.uniform(0.72, 1.02), offsets)


def _wrist(rng):
    """Flexion and deviation: mostly near straight, often anywhere in their range.

    A forearm that always continued the hand would give the hand's direction away.
    """
    if rng.random() < 0.35:
        return rng.uniform(*WRIST_LIMITS)
    wrist = rng.normal(0, 1, 2) * [22.0, 10.0] + [-4.0, 3.0]
    return np.clip(wrist, *WRIST_LIMITS)


def _between_shapes(rng):
    first, second = _NAMED[rng.integers(len(_NAMED), size=2)]
    amount = np.clip(rng.normal(rng.uniform(0, 1), 0.2, (5, 1)), 0, 1)
    return first + amount * (second - first)


def _finger_by_finger(rng):
    rows = rng.integers(len(_NAMED), size=5)
    other = rng.integers(len(_NAMED))
    # Neighbouring fingers often move together.
    rows = np.where(rng.random(5) < 0.3, other, rows)
    return _NAMED[rows, np.arange(5)]


def _independent_curls(rng):
    """Curls of four fingers and a thumb anywhere in its range."""
    fingers = np.empty((5, 4))
    fingers[0] = rng.uniform(LOWER_LIMITS[0], UPPER_LIMITS[0])
    common = rng.uniform(0, 1)
    curl = np.clip(common + rng.normal(0, 0.35, 4), -0.08, 1.05)
    # Base and middle joints bend together only loosely: hooks and flat bends exist.
    loose = np.clip(curl[:, None] + rng.normal(0, 0.22, (4, 3)), -0.12, 1.08)
    fingers[1:, [0, 2, 3]] = loose * _CURL
    fingers[1:, 1] = np.array([-6.0, 0.0, 4.0, 9.0]) * rng.uniform(-0.8, 2.5)
    return fingers
