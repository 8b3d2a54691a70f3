"""What each frame of a sequence holds: good labels, bad labels, gaps, left hands."""

import enum
from typing import Any

import numpy as np


class FrameKind(enum.Enum):
    """Content of one frame, as it happens in the real recordings."""

    EMPTY = "nobody in the dome yet, no label file"
    GOOD = "a right hand, labelled without flaw"
    GAP = "a right hand, but no label file"
    NOBODY = "a right hand, but the label file lists no people"
    UNTRACKED = "a right hand labelled with id -1"
    INCOMPLETE = "a right hand with joints that were not reconstructed"
    UNSURE = "a right hand with low scores and large reprojection errors"
    LEFT = "a left hand instead of the right one, labelled without flaw"


# Fraction of frames, relative to the good ones, that is added of each kind.
_EXTRA_FRACTIONS = {
    FrameKind.GAP: 0.02,
    FrameKind.NOBODY: 0.005,
    FrameKind.UNTRACKED: 0.005,
    FrameKind.INCOMPLETE: 0.01,
    FrameKind.UNSURE: 0.01,
    FrameKind.LEFT: 0.03,
}
_EMPTY_FRACTION = 0.02
_RUN = 8  # left hands come in runs of up to so many frames


def make_timeline(rng: np.random.Generator, num_good: Any) -> tuple[FrameKind, ...]:
    """Samples the kinds of a sequence's frames.

    Args:
        rng: `np.random.Generator`.
        num_good: Exact number of `FrameKind.GOOD` frames.

    Returns:
        tuple of `FrameKind`. It starts with empty frames, so labels start late.
    """
    runs = [[FrameKind.GOOD]] * num_good
    for kind, fraction in _EXTRA_FRACTIONS.items():
        count = max(1, round(fraction * num_good))
        step = _RUN if kind in (FrameKind.LEFT, FrameKind.GAP) else 1
        runs += [[kind] * min(step, count - k) for k in range(0, count, step)]
    order = rng.permutation(len(runs))
    empty = [FrameKind.EMPTY] * max(2, round(_EMPTY_FRACTION * num_good))
    return tuple(empty + [kind for k in order for kind in runs[k]])


def frames_of_kind(timeline: Any, *kinds: Any) -> Any:
    """Ascending indices `[K]` of the frames of some kinds."""
    return np.array([k for k, kind in enumerate(timeline) if kind in kinds], int)
