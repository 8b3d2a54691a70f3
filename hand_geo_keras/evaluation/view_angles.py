"""From which side a camera sees the hand, and how errors depend on it."""

import dataclasses

import numpy as np

from hand_geo_keras.datasets.split import Part
from hand_geo_keras.evaluation.pose_errors import n_mpjpe_of_each
from hand_geo_keras.evaluation.pose_words import palm_depth

_PALM = (0, 5, 17)  # wrist, index and little knuckle
_STEP_DEGREES, _LEAST_IMAGES = 20, 20


@dataclasses.dataclass(frozen=True)
class AngleError:
    """The error on images that see the hand from about one side.

    Args:
        degrees: Centre of the angles, see `view_angles`.
        images: Number of images.
        n_mpjpe_mm: Their mean N-MPJPE.
    """

    degrees: float
    images: int
    n_mpjpe_mm: float


def view_angles(poses: np.ndarray) -> np.ndarray:
    """Angle between the palm's normal and the direction to the camera.

    Args:
        poses: `[K, 21, 3]` poses of right hands in any unit, virtual-camera frames.

    Returns:
        `[K]` degrees: 0 where the palm is seen, 180 the back of the hand, 90 edge-on or
        where the palm has no extent.

    Example:
        >>> palm = np.zeros((1, 21, 3))
        >>> palm[0, 5], palm[0, 17] = (20, -60, 0), (-20, -50, 0)  # x right, y down
        >>> view_angles(palm).tolist(), view_angles(palm * [-1, 1, 1]).tolist()
        ([0.0], [180.0])
    """
    depth = palm_depth(poses - poses[:, :1])
    return np.degrees(np.arccos(np.clip(-depth, -1, 1)))


def errors_by_view_angle(part: Part, poses: np.ndarray) -> list[AngleError]:
    """Mean N-MPJPE of predicted poses, by the angle under which they are seen.

    Args:
        part: `Part` of right hands.
        poses: `[K, 21, 3]` poses in mm predicted for its views.

    Returns:
        list of `AngleError` by angle, 20 degrees each; angles that hardly any of the
        images have are left out, as are images whose palm is not labelled.
    """
    errors = n_mpjpe_of_each(part.poses, poses, part.valid)
    known = part.valid[:, list(_PALM)].all(1)
    angles = np.where(known, view_angles(part.poses), np.nan)
    found = []
    for low in range(0, 180, _STEP_DEGREES):
        high = low + _STEP_DEGREES
        chosen = (angles >= low) & ((angles < high) | (high == 180))
        if chosen.sum() >= _LEAST_IMAGES:
            mean = float(errors[chosen].mean())
            found.append(AngleError((low + high) / 2, int(chosen.sum()), mean))
    return found
