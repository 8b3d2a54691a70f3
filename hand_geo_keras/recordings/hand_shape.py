"""Whether 3D joints have the shape of a hand: order of joints, side and size."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import EDGES, FINGERS

# Bone lengths of an adult relative to wrist - middle knuckle, in the order of EDGES;
# wide tolerances make them fit everyone.
BONE_RATIOS = np.array(
    [
        *(0.42, 0.48, 0.38, 0.30),
        *(0.98, 0.46, 0.28, 0.24),
        *(1.00, 0.50, 0.31, 0.26),
        *(0.93, 0.46, 0.29, 0.26),
        *(0.87, 0.36, 0.22, 0.22),
    ]
)
# Measured on recordings and rendered hands: the right order deviates by 0.07 to 0.2
# over many frames and by up to 0.29 in one, wrong orders by 0.36 to 0.74.
_PLAUSIBLE, _CLEARLY_BETTER = 0.34, 0.65
_MIN_BONES = 8
# A finger tells the side when it is bent by at least this, as the sine of the angle.
_BENT = 0.12
_MIN_DECIDED, _CLEAR_MAJORITY = 3, 0.8
_INDEX_MCP, _LITTLE_MCP, _MIDDLE_MCP, _WRIST = 5, 17, 9, 0
# Wrist to middle knuckle: small child to very large adult.
PALM_MM = (55, 120)


@dataclasses.dataclass(frozen=True)
class Handedness:
    """How many hands have the shape of a right and of a left one.

    Args:
        right: Number of right hands.
        left: Number of left hands.
        undecided: Hands that are too straight or incomplete to tell.
    """

    right: int
    left: int
    undecided: int

    @property
    def side(self) -> Any:
        """`"right"` or `"left"` where a clear majority says so, else None."""
        decided = self.right + self.left
        if decided < _MIN_DECIDED:
            return None
        for side, count in (("right", self.right), ("left", self.left)):
            if count >= _CLEAR_MAJORITY * decided:
                return side
        return None


def handedness(joints: np.ndarray) -> Handedness:
    """Tells right from left hands by the way in which fingers bend.

    Fingers bend about the line from the index to the little knuckle, in one sense on
    a right hand and in the other on a left one, or on a mirrored right one.

    Args:
        joints: `[N, 21, 3]` joints in any unit, OpenPose order, NaN where invalid.

    Returns:
        `Handedness`.

    Example:
        >>> handedness(np.full((2, 21, 3), np.nan)).undecided
        2
    """
    joints = np.asarray(joints, np.float64).reshape(-1, 21, 3)
    across = _unit(joints[:, _LITTLE_MCP] - joints[:, _INDEX_MCP])
    bends = []
    for finger, chain in FINGERS.items():
        if finger == "thumb":
            continue
        bones = _unit(np.diff(joints[:, chain], axis=1))  # [N, 3, 3]
        crosses = np.cross(bones[:, :-1], bones[:, 1:])  # [N, 2, 3]
        bends += [(cross * across).sum(-1) for cross in crosses.transpose(1, 0, 2)]
    bends = np.stack(bends, axis=1)  # [N, 8] sines about the line of the knuckles
    known = np.isfinite(bends)
    mean = np.where(known, bends, 0).sum(1) / np.maximum(known.sum(1), 1)
    decided = (known.sum(1) >= 2) & (np.abs(mean) > _BENT)
    right = int((decided & (mean < 0)).sum())
    left = int((decided & (mean > 0)).sum())
    return Handedness(right, left, len(joints) - right - left)


def bone_length_error(joints: np.ndarray) -> float:
    """How far bone lengths are from a hand's, whatever its size.

    Args:
        joints: `[N, 21, 3]` joints in any unit, OpenPose order, NaN where invalid.

    Returns:
        float, the mean absolute logarithm of the ratio of each bone's median length to
        a typical one; NaN where fewer than eight bones are known.
    """
    joints = np.asarray(joints, np.float64).reshape(-1, 21, 3)
    if not len(joints):
        return float("nan")
    parents, children = np.array(EDGES).T
    lengths = np.linalg.norm(joints[:, parents] - joints[:, children], axis=-1)
    known = np.isfinite(lengths).any(0) & (np.nan_to_num(lengths).max(0) > 0)
    if known.sum() < _MIN_BONES:
        return float("nan")
    ratios = np.log(np.nanmedian(lengths[:, known], axis=0).clip(1e-6))
    ratios -= np.log(BONE_RATIOS[known])
    return float(np.abs(ratios - np.median(ratios)).mean())


def better_order(joints: np.ndarray, orders: dict[Any, Any]) -> tuple[Any, ...]:
    """The order that the joints are really in, if it is clearly not OpenPose's.

    Args:
        joints: `[N, 21, 3]` joints, read as if in OpenPose order.
        orders: dict from name to the joints in the order of a file, see `joint_orders`.

    Returns:
        `(error, name)`: that of the joints as they are, and the name of the order
        under which they are clearly a better hand; None if they are plausible or no
        order is better.
    """
    joints = np.asarray(joints, np.float64).reshape(-1, 21, 3)
    given = bone_length_error(joints)
    if not given > _PLAUSIBLE:
        return given, None
    others = {
        name: bone_length_error(joints[:, np.argsort(order)])
        for name, order in orders.items()
    }
    best = min(others, key=lambda name: np.nan_to_num(others[name], nan=np.inf))
    return given, best if others[best] < _CLEARLY_BETTER * given else None


def is_plausible_order(error: float) -> bool:
    """Whether bone lengths may be a hand's; True where too few are known."""
    return not error > _PLAUSIBLE


def median_palm(joints: np.ndarray) -> Any:
    """Median distance from wrist to middle knuckle, NaN where not known."""
    joints = np.asarray(joints, np.float64).reshape(-1, 21, 3)
    palms = np.linalg.norm(joints[:, _MIDDLE_MCP] - joints[:, _WRIST], axis=-1)
    palms = palms[np.isfinite(palms)]
    return float(np.median(palms)) if palms.size else float("nan")


def _unit(vectors):
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return vectors / norms
