"""What is wrong about the shape of labelled hands, and the remedy."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from hand_geo_keras.recordings.hand_shape import (
    PALM_MM,
    better_order,
    handedness,
    is_plausible_order,
    median_palm,
)
from hand_geo_keras.recordings.joint_orders import ORDERS
from hand_geo_keras.recordings.recording import Hand

_MAX_HANDS = 500
_OTHER_SIDE = {"right": "left", "left": "right"}


@dataclasses.dataclass(frozen=True)
class HandProblem:
    """Something implausible about labelled hands.

    Args:
        check: `"joint order"`, `"hand size"`, `"joints at the origin"` or
            `"handedness"`.
        level: `"error"` or `"warning"`.
        message: What was measured.
        fix: One sentence on what to do about it.
    """

    check: str
    level: str
    message: str
    fix: str


def hand_problems(hands: Sequence[Hand]) -> list[HandProblem]:
    """Looks at order of joints, size and side of labelled hands.

    Args:
        hands: Sequence of `Hand`.

    Returns:
        list of `HandProblem`, the gravest first; empty if all is plausible.

    Example:
        ```python
        for problem in hand_problems(recording.hands(12)):
            print(problem.message, problem.fix)
        ```
    """
    places = np.linspace(0, len(hands) - 1, min(len(hands), _MAX_HANDS)).astype(int)
    some = [hands[place] for place in places]
    joints = {
        side: np.array(
            [
                np.where(hand.valid[:, None], hand.joints, np.nan)
                for hand in some
                if hand.side == side
            ]
        ).reshape(-1, 21, 3)
        for side in ("right", "left")
    }
    everything = np.concatenate(list(joints.values()))
    problems = [*_order_problems(everything), *_size_problems(everything)]
    problems += _origin_problems(everything)
    if not any(problem.check == "joint order" for problem in problems):
        problems += [p for side in joints for p in _side_problems(joints[side], side)]
    return sorted(problems, key=lambda problem: problem.level != "error")


def _order_problems(joints):
    error, better = better_order(joints, ORDERS)
    if better is not None:
        yield HandProblem(
            "joint order",
            "error",
            f"the bone lengths are not a hand's in OpenPose order, but they are in the "
            f"order {better!r}",
            f"give the joints in OpenPose order or say joint_order={better!r} "
            f"(--joint_order={better}).",
        )
    elif not is_plausible_order(error):
        yield HandProblem(
            "joint order",
            "warning",
            f"the bone lengths are not a hand's (they are off by {error:.0%} in "
            "the mean)",
            "check the order of the joints (wrist, thumb, ..., little, each from palm "
            "to tip), the calibration and the 2D labels.",
        )


def _origin_problems(joints):
    count = int((joints == 0).all(-1).sum())
    if count:
        yield HandProblem(
            "joints at the origin",
            "warning",
            f"{count} of {joints.shape[0] * joints.shape[1]} joints are exactly at "
            "(0, 0, 0)",
            "write null for joints that nobody located, or 0 in 'valid'; joints are "
            "in the world frame, not relative to the wrist.",
        )


def _size_problems(joints):
    palm = median_palm(joints)
    low, high = PALM_MM
    if not np.isfinite(palm) or low <= palm <= high:
        return
    is_unit, fix = _unit_fix(palm)
    yield HandProblem(
        "hand size",
        # Dolls and infants exist: only what a wrong unit explains is refused.
        "error" if is_unit else "warning",
        f"wrist to middle knuckle is {palm:.3g} mm in the median",
        fix,
    )


def _unit_fix(palm):
    """Whether a wrong unit explains the size, and what to do about it."""
    low, high = PALM_MM
    for factor in (10, 1000, 0.1, 0.001, 100, 0.01, 25.4, 1 / 25.4):
        if low <= palm * factor <= high:
            return True, (
                f"lengths seem too {'small' if factor > 1 else 'large'} by a factor of "
                f"{max(factor, 1 / factor):g}: correct 'unit' in calibration.json and "
                "hands3d.json."
            )
    return False, (
        f"a hand has {low} to {high} mm there: check the size of the calibration "
        "board's squares, the extrinsics (R and t map world to camera) and the order "
        "of the joints (wrist, thumb, …, little)."
    )


def _side_problems(joints, side):
    shape = handedness(joints)
    other = _OTHER_SIDE[side]
    if shape.side == other:
        count = getattr(shape, other)
        yield HandProblem(
            "handedness",
            "error",
            f"{count} of {shape.right + shape.left} hands that are called {side} bend "
            f"their fingers as {other} hands do",
            f"say side={other!r} (--side={other}), or mend mirrored images or labels.",
        )
