"""The most likely course of a shift that is constant but for a few steps."""

import numpy as np

# Blocks that gain must outweigh those that lose by this factor.
_BLOCK_FRAMES, _MIN_BLOCKS, _CLEARLY = 6, 4, 4.0


def best_path(agreement: np.ndarray, step_cost: float) -> np.ndarray:
    """The path of most agreement, less a cost for every step (Viterbi).

    Args:
        agreement: `[T, S]` agreement of every frame at every shift.
        step_cost: What a change of the shift must gain.

    Returns:
        `[T]` int, the index of the shift in every frame.

    Example:
        >>> import numpy as np
        >>> agreement = np.array([[1.0, 0]] * 5 + [[0, 1.0]] * 5)
        >>> best_path(agreement, step_cost=2.0).tolist()
        [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    """
    count, shifts = agreement.shape
    score = np.zeros(shifts)
    came_from = np.zeros((count, shifts), int)
    stay = np.arange(shifts)
    for frame in range(count):
        best = int(np.argmax(score))
        jumps = score[best] - step_cost > score
        came_from[frame] = np.where(jumps, best, stay)
        score = np.where(jumps, score[best] - step_cost, score) + agreement[frame]
    path = np.zeros(count, int)
    at = int(np.argmax(score))
    for frame in range(count - 1, -1, -1):
        path[frame] = at
        at = came_from[frame, at]
    return path


def constant_parts(path: np.ndarray) -> list[tuple[int, int, int]]:
    """`(first, last, value)` of every part of a path that is constant."""
    starts = np.flatnonzero(np.r_[True, path[1:] != path[:-1]])
    stops = np.r_[starts[1:], len(path)]
    return [
        (int(start), int(stop) - 1, int(path[start]))
        for start, stop in zip(starts, stops)
    ]


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """`(first, last)` of every run of true values of a `[T]` mask."""
    parts = constant_parts(np.asarray(mask, int)) if len(mask) else []
    return [(first, last) for first, last, value in parts if value]


def is_clear(gain: np.ndarray, least: float) -> bool:
    """Whether a gain per frame is large and of one sign throughout the frames.

    Neighbouring frames say nearly the same, so that blocks of frames are compared; how
    much they say differs, as a hand rests now and then.

    Args:
        gain: `[N]` gains.
        least: What they must sum up to.
    """
    count = len(gain) // _BLOCK_FRAMES
    if count < _MIN_BLOCKS or gain.sum() < least:
        return False
    blocks = np.array([part.sum() for part in np.array_split(gain, count)])
    losses = -blocks[blocks < 0].sum()
    return bool(blocks[blocks > 0].sum() > _CLEARLY * losses)
