"""Which fitted hands are good enough to train on, and why others are not."""

import numpy as np

from hand_geo_keras.labelling.bone_lengths import pair_lengths
from hand_geo_keras.labelling.hand_track import HandTrack
from hand_geo_keras.recordings.hand_shape import handedness

# Errors in extents of the hand in the image. In a recording of a desk, fists that are
# right to 12 mm have means up to 0.15, hands that are wrong by 30 mm have 0.2 and more.
_JOINT_ERROR, _MEAN_ERROR = 0.25, 0.15
_MAX_WRONG_JOINTS = 5
_BONE_ERROR = 0.12  # mean difference from the constant lengths, relative
_UNCERTAIN_MM = 30.0  # median over the joints
_MIN_SCORE = 0.02
_FASTEST = 6000.0  # mm/s, mean of the joints; a throw is faster, a hand at work is not
_SIDE_SECONDS = 0.2  # either way: single frames of straight fingers tell no side
_JUMP_MM = 40.0  # off the line between both neighbours

REASONS = (
    "views contradict each other",
    "bones out of proportion",
    "shape of the other side",
    "jump",
    "hardly a hand",
)


def rejections(track: HandTrack, side: str, fps: float) -> list[str | None]:
    """The reason to reject each frame of a track.

    Args:
        track: `HandTrack`.
        side: `"right"` or `"left"`.
        fps: Frames per second.

    Returns:
        list of T reasons of `REASONS`, None where the frame is good.
    """
    if not len(track):
        return []
    tests = (
        _contradicted(track),
        bone_errors(track) > _BONE_ERROR,
        _other_side(track, side, fps),
        _jumps(track, fps),
        (track.score < _MIN_SCORE) | (np.median(track.std, axis=1) > _UNCERTAIN_MM),
    )
    return [
        next((reason for reason, bad in zip(REASONS, row) if bad), None)
        for row in zip(*tests)
    ]


def relative_errors(track: HandTrack) -> np.ndarray:
    """`[T, 21]` reprojection errors of the worst view, in extents of the hand."""
    relative = track.errors / track.extent[..., None]
    return np.fmax.reduce(relative, axis=0)


def bone_errors(track: HandTrack) -> np.ndarray:
    """`[T]` mean relative difference from the constant lengths."""
    return np.abs(pair_lengths(track.joints) / track.lengths - 1).mean(1)


def _contradicted(track):
    """Views that fit no common hand; a wrong one of three or more does not count."""
    relative = np.sort(track.errors / track.extent[..., None], axis=0)
    second = relative[1]  # NaN is sorted to the end
    wrong = (second > _JOINT_ERROR).sum(1) > _MAX_WRONG_JOINTS
    return wrong | (second.mean(1) > _MEAN_ERROR)


def _other_side(track, side, fps):
    """Fingers that bend as those of the other hand do, for a while around a frame."""
    other = {"right": "left", "left": "right"}[side]
    reach = max(2, round(_SIDE_SECONDS * fps))
    wrong = np.zeros(len(track), bool)
    for number, frame in enumerate(track.frames):
        near = np.abs(track.frames - frame) <= reach
        wrong[number] = handedness(track.joints[near]).side == other
    return wrong


def _jumps(track, fps):
    """Frames off the line between their neighbours, and impossibly fast ones."""
    jumps = np.zeros(len(track), bool)
    steps = np.diff(track.frames)
    moved = np.linalg.norm(np.diff(track.joints, axis=0), axis=-1).mean(-1)
    fast = (moved * fps > _FASTEST * steps) & (steps <= 3)
    bent = track.joints[1:-1] - (track.joints[:-2] + track.joints[2:]) / 2
    close = (steps[:-1] == 1) & (steps[1:] == 1)
    jumps[1:-1] = close & (np.linalg.norm(bent, axis=-1).mean(-1) > _JUMP_MM)
    # Of a fast step, nothing tells which end is wrong.
    jumps[:-1] |= fast
    jumps[1:] |= fast
    return jumps
