"""Whether labelled hands lie where cameras look, and what would bring them there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.camera_variants import camera_variants
from hand_geo_keras.recordings.recording import Hand

_WHOLE, _MOSTLY, _HARDLY = 0.8, 0.7, 0.5
_MAX_HANDS = 200
_GENERAL_ADVICE = (
    "Make sure that labels and calibration have one world frame and one unit, and that "
    "R and t map world to camera."
)


def refuse_hands_out_of_view(
    cameras: Sequence[Camera], hands: Sequence[Hand], where: object
) -> None:
    """Refuses 3D labels of which most are behind or beside all cameras.

    Args:
        cameras: Sequence of `Camera`.
        hands: Sequence of `Hand`.
        where: File or folder, for the error message.

    Raises:
        LabelError: If less than half of the hands are in any view; says under which
            well-known mistake they would be.
    """
    joints = joints_of(hands)
    if not len(joints):
        return
    seen = (fractions_inside(cameras, joints) > _WHOLE).any(0).mean()
    if seen >= _HARDLY:
        return
    remedy = remedy_for_view(cameras, joints)
    advice = f"They are in view if {remedy}." if remedy else _GENERAL_ADVICE
    raise LabelError(
        f"{where}: only {seen:.0%} of the labelled hands lie in the view of any "
        f"camera; the others are behind or beside it. {advice}"
    )


def joints_of(hands: Any) -> np.ndarray:
    """`[N, 21, 3]` joints of at most 200 evenly spread hands, NaN where invalid."""
    hands = [hand for hand in hands if hand.valid.any()]
    places = np.linspace(0, len(hands) - 1, min(len(hands), _MAX_HANDS)).astype(int)
    chosen = [hands[place] for place in places]
    joints = [np.where(hand.valid[:, None], hand.joints, np.nan) for hand in chosen]
    return np.array(joints).reshape(-1, 21, 3)


def remedy_for_view(cameras: Sequence[Camera], joints: np.ndarray) -> str | None:
    """What would bring the labelled hands into view, if that is a known mistake.

    Args:
        cameras: V `Camera` objects.
        joints: `[N, 21, 3]` joints in mm, world frame, NaN where invalid.

    Returns:
        str, or None.
    """
    for remedy, mended in camera_variants(cameras):
        views = (fractions_inside(mended, joints) > _WHOLE).sum(0)
        if (views >= min(2, len(cameras))).mean() > _MOSTLY:
            return remedy
    return None


def fractions_inside(cameras: Sequence[Camera], joints: np.ndarray) -> np.ndarray:
    """`[V, N]` fraction of each hand's valid joints inside each camera's image."""
    return np.stack([_fraction_inside(camera, joints) for camera in cameras])


def _fraction_inside(camera, joints):
    known = np.nan_to_num(joints)
    front = camera.to_camera(known)[..., 2] > 0
    pixels = camera.project(
        np.where(front[..., None], known, camera.center + camera.R[2])
    )
    inside = ((pixels >= 0) & (pixels < np.array(camera.resolution))).all(-1) & front
    valid = np.isfinite(joints).all(-1)
    return (inside & valid).sum(1) / np.maximum(valid.sum(1), 1)
