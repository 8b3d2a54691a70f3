"""Virtual cameras around a hand: any direction, natural ones more often."""

from typing import Any

import numpy as np

from hand_geo_keras.geometry import VirtualCamera, looking_along, square_box

_MIDDLE_MCP = 9
_LARGEST_ROLL = np.radians(25)


def random_viewpoint(
    rng: np.random.Generator, joints: np.ndarray, preparation: Any
) -> VirtualCamera:
    """Samples the virtual camera of one view.

    Half of the directions are uniform on the sphere, half are how people hold hands
    up to a camera. In the crop the hand points up within 25 degrees (from wrist to
    middle knuckle): rolled crops are made by whoever needs them, from upright ones.

    Args:
        rng: `np.random.Generator`.
        joints: `[21, 3]` in the world, mm.
        preparation: `Preparation` with crop size and margin of the box.

    Returns:
        `VirtualCamera` of `preparation.crop_size`.
    """
    axes = hand_axes(joints)
    towards = _direction(rng) @ axes
    centre = joints.mean(0)
    position = centre + _distance(rng) * towards
    R = _upright(-towards, axes[1])
    R = _aimed(joints, position, R, preparation.box_margin)
    R = _upright(R[2], axes[1])
    roll = rng.uniform(-_LARGEST_ROLL, _LARGEST_ROLL)
    camera = _camera(joints, position, R, preparation)
    return camera.rolled(roll)


def hand_axes(joints: np.ndarray) -> np.ndarray:
    """`[3, 3]` unit rows: out of the back of a right hand, to the fingers, rest.

    The rest frame's axes (x out of the back, y along the fingers, z to the thumb),
    taken from the palm.
    """
    fingers = joints[_MIDDLE_MCP] - joints[0]
    thumb = joints[5] - joints[17]
    y = fingers / np.linalg.norm(fingers)
    x = np.cross(y, thumb)
    x /= np.linalg.norm(x)
    return np.stack([x, y, np.cross(x, y)])


def _direction(rng):
    """Unit vector to the camera in the hand's axes."""
    if rng.random() < 0.5:
        direction = rng.standard_normal(3)
    else:
        palm_or_back = rng.choice([-1.0, 1.0], p=[0.62, 0.38])
        direction = np.array([palm_or_back, 0.1, 0.0])
        direction = direction + rng.normal(0, 1, 3) * [0.1, 0.42, 0.55]
    return direction / np.linalg.norm(direction)


def _distance(rng):
    """Mostly at arm's length, sometimes very near or across the room; mm."""
    kind = rng.random()
    if kind < 0.12:
        low, high = 220, 300
    elif kind < 0.85:
        low, high = 300, 1200
    else:
        low, high = 1200, 3000
    return np.exp(rng.uniform(np.log(low), np.log(high)))


def _upright(forward, up):
    """World -> camera rotation that looks along `forward` with `up` up in the image."""
    forward = forward / np.linalg.norm(forward)
    down = -(up - (up @ forward) * forward)
    if np.linalg.norm(down) < 0.05:  # looks along the hand: any roll is as good
        down = np.cross(forward, [0.36, 0.48, 0.8])
    down /= np.linalg.norm(down)
    return np.stack([np.cross(down, forward), down, forward])


def _aimed(joints, position, R, margin):
    """Rotates the optical axis onto the centre of the hand's box."""
    for _ in range(2):
        seen = (joints - position) @ R.T
        box = square_box(seen[:, :2] / seen[:, 2:], margin)
        R = looking_along(np.array([*box[:2], 1.0])) @ R
    return R


def _camera(joints, position, R, preparation):
    seen = (joints - position) @ R.T
    side = square_box(seen[:, :2] / seen[:, 2:], preparation.box_margin)[2]
    size = preparation.crop_size
    focal, centre = size / side, (size - 1) / 2
    K = np.array([[focal, 0, centre], [0, focal, centre], [0, 0, 1]])
    return VirtualCamera(K, R, -R @ position, size)
