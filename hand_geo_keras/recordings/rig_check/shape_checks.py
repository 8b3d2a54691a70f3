"""Checks of the labelled hand itself: side, size, order of joints, rigid bones."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import EDGES
from hand_geo_keras.recordings.hand_problems import hand_problems
from hand_geo_keras.recordings.hand_shape import median_palm
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.label_joints import label_joints, sampled

_MAX_FRAMES = 500
_MAX_LENGTH_SPREAD = 0.12


def check_shape(recording: Recording) -> Iterator[Any]:
    """Findings on the hands' side, size, bones and order of joints."""
    joints = label_joints(recording)
    palm = median_palm(joints)
    if not np.isfinite(palm):
        return
    frames = sampled(recording.labelled_frames, _MAX_FRAMES)
    hands = [hand for frame in frames for hand in recording.hands(frame)]
    problems = hand_problems(hands)
    found = {problem.check for problem in problems}
    for problem in problems:
        level = "error" if problem.check == "hand size" else problem.level
        yield Finding(problem.check, level, problem.message, problem.fix)
    if "hand size" not in found:
        message = f"wrist to middle knuckle {palm:.3g} mm in the median"
        yield Finding("hand size", "ok", message)
    yield _rigidity(joints)


def _rigidity(joints):
    parents, children = np.array(EDGES).T
    lengths = np.linalg.norm(joints[:, parents] - joints[:, children], axis=-1)
    with np.errstate(invalid="ignore"):
        median = np.nanmedian(lengths, axis=0)
        spread = np.nanmedian(np.abs(lengths - median) / median)
    message = f"bone lengths vary by {spread:.1%} around their median"
    if spread > _MAX_LENGTH_SPREAD:
        return Finding(
            "bone lengths",
            "warning",
            message,
            "bones are rigid: look for wrong joint order, views out of "
            "synchronisation, several subjects, or a poor 2D detector.",
        )
    return Finding("bone lengths", "ok", message)
