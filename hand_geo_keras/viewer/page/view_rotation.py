"""The rotation that the page's three angles stand for."""

import numpy as np

from hand_geo_keras.geometry.rotations import roll_matrix


def view_rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Rotation of the hand as seen by its own camera (x right, y down, z forward).

    `Rz(roll) Rx(pitch) Ry(yaw)`, as in `static/app.js`. The side of the hand that
    faces the camera moves right with a positive yaw and down with a positive pitch,
    as if held with the mouse; a positive roll rotates the image clockwise.

    Args:
        yaw: Angle in degrees.
        pitch: Angle in degrees.
        roll: Angle in degrees.

    Returns:
        `[3, 3]` float32 rotation.

    Example:
        >>> front = np.array([0.0, 0.0, -1.0])
        >>> np.allclose(view_rotation(90, 0, 0) @ front, [1, 0, 0], atol=1e-6)
        True
        >>> np.allclose(view_rotation(0, 90, 0) @ front, [0, 1, 0], atol=1e-6)
        True
    """
    yaw, pitch, roll = np.radians([yaw, pitch, roll])
    (cy, sy), (cp, sp) = ((np.cos(a), np.sin(a)) for a in (yaw, pitch))
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    rotation = roll_matrix(roll) @ about_x @ about_y
    return rotation.astype(np.float32)
