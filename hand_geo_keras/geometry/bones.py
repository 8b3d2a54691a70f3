"""Lengths of the hand's 20 bones."""

import numpy as np

from hand_geo_keras.geometry.skeleton import NUM_JOINTS, PARENTS

# Sum of the lengths of all 20 bones of an adult hand in mm, wrist to fingertips: the
# mean over the rendered dome's subjects (std 74). Monocular poses are only known up to
# the size of the hand.
TOTAL_BONE_LENGTH_MM = 794.0
_CHILDREN = np.arange(1, NUM_JOINTS)
_PARENTS = np.array(PARENTS[1:])


def bone_lengths(joints: np.ndarray) -> np.ndarray:
    """Lengths of the bones that end in joints 1 to 20.

    Args:
        joints: `[..., 21, 3]` joints in any unit, OpenPose order; NaN where unknown.

    Returns:
        `[..., 20]` float64 lengths in that unit.

    Example:
        >>> joints = np.zeros((21, 3))
        >>> joints[4:] = (3.0, 4.0, 0.0)
        >>> bone_lengths(joints)[:4].tolist()
        [0.0, 0.0, 0.0, 5.0]
    """
    joints = np.asarray(joints, np.float64)
    bones = joints[..., _CHILDREN, :] - joints[..., _PARENTS, :]
    return np.linalg.norm(bones, axis=-1)
