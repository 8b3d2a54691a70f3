"""A pose in a few words, for people who decide what to film and label next."""

import numpy as np

from hand_geo_keras.geometry.skeleton import FINGERS

_EDGE_ON, _IN_DEPTH = 0.4, 0.75  # parts of a unit vector along the line of sight
_OPEN, _CLOSED = 0.85, 0.6  # wrist to fingertip over the length of the chain
_WAYS = ("right", "down", "left", "up")


def pose_in_words(pose: np.ndarray) -> str:
    """Which side of a right hand is seen, where it points, and how open it is.

    Args:
        pose: `[21, 3]` wrist-relative pose of a right hand in any unit, camera axes (x
            right, y down, z away).

    Returns:
        str, such as `"back, pointing up, open"`.

    Example:
        >>> pose = np.zeros((21, 3))
        >>> for finger in range(5):
        ...     for joint in range(4):
        ...         pose[1 + 4 * finger + joint] = (2 - finger, -4 - joint, 0)
        >>> pose_in_words(pose), pose_in_words(pose * [-1, 1, 1])
        ('palm, pointing up, open', 'back, pointing up, open')
    """
    return f"{_seen_side(pose)}, pointing {_direction(pose)}, {_openness(pose)}"


def palm_depth(poses: np.ndarray) -> np.ndarray:
    """How much the palm of a right hand looks away from the camera.

    Args:
        poses: `[..., 21, 3]` wrist-relative poses, as of `pose_in_words`.

    Returns:
        `[...]` z of the unit normal out of the palm: -1 where the palm is seen, 1 for
        the back of the hand, 0 edge-on or where the palm has no extent.
    """
    normals = np.cross(poses[..., 5, :], poses[..., 17, :])
    return normals[..., 2] / np.maximum(np.linalg.norm(normals, axis=-1), 1e-9)


def _seen_side(pose):
    """A right hand shows its palm where the thumb is right of fingers pointing up."""
    depth = palm_depth(pose)
    if abs(depth) < _EDGE_ON:
        return "edge-on"
    return "palm" if depth < 0 else "back"


def _direction(pose):
    x, y, z = pose[9] / max(np.linalg.norm(pose[9]), 1e-9)
    if abs(z) > _IN_DEPTH:
        return "away" if z > 0 else "at the camera"
    return _WAYS[round(np.arctan2(y, x) / (np.pi / 2)) % 4]


def _openness(pose):
    reach = [_reach(pose[[0, *joints]]) for name, joints in FINGERS.items()]
    straight = float(np.mean(reach))
    if straight > _OPEN:
        return "open"
    return "closed" if straight < _CLOSED else "half open"


def _reach(chain):
    length = np.linalg.norm(np.diff(chain, axis=0), axis=1).sum()
    return np.linalg.norm(chain[-1] - chain[0]) / max(length, 1e-9)
