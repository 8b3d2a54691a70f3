"""Rotations between views and about the optical axis."""

from typing import Any

import numpy as np


def relative_rotation(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Rotation that takes vectors of the source view's frame to the target view's.

    `R_ij = R_j R_iᵀ`, where `R_i` and `R_j` rotate the world into the virtual
    cameras of views i (source) and j (target).

    Args:
        source: `[A1, ..., An, 3, 3]` world-to-view rotation `R_i`.
        target: `[A1, ..., An, 3, 3]` world-to-view rotation `R_j`.

    Returns:
        `[A1, ..., An, 3, 3]` rotation `R_ij`.

    Example:
        >>> quarter = roll_matrix(np.pi / 2)
        >>> np.allclose(relative_rotation(np.eye(3), quarter), quarter)
        True

    Reference:
        Müller et al., ICIP 2020, eq. (2); Rhodin et al., ECCV 2018, whose code
        applies it in `unet_encode3D.py`.
    """
    return target @ np.swapaxes(source, -1, -2)


def roll_matrix(angle: Any, xp: Any = np) -> np.ndarray:
    """Rotation about the optical axis that rotates the image by `angle`.

    With x to the right and y down, a positive angle rotates the image clockwise
    as seen on the screen, in 2D and in 3D alike.

    Args:
        angle: `[A1, ..., An]` angles in radians.
        xp: Module to compute with: `numpy`, or `tensorflow` for tensors.

    Returns:
        `[A1, ..., An, 3, 3]` rotations `Rz(angle)`, of the input's kind.
    """
    cosine, sine = xp.cos(angle), xp.sin(angle)
    zero, one = xp.zeros_like(cosine), xp.ones_like(cosine)
    rows = [[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, one]]
    return xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)


def looking_along(ray: np.ndarray, xp: Any = np) -> np.ndarray:
    """Rotation from a camera to the one whose optical axis is `ray`.

    Rotates about x, then about y, so that the image gets no roll.

    Args:
        ray: `[A1, ..., An, 3]` directions in the camera frame with `z > 0`.
        xp: Module to compute with: `numpy`, or `tensorflow` for tensors.

    Returns:
        `[A1, ..., An, 3, 3]` rotations `R_original→virtual`; the third row is
        `ray / |ray|`.

    Reference:
        Transpose of the closed form in Yu, Salzmann, Fua, Rhodin, "PCLs", CVPR 2021.
    """
    x, y = ray[..., 0] / ray[..., 2], ray[..., 1] / ray[..., 2]
    zero, one = xp.zeros_like(x), xp.ones_like(x)
    a = xp.sqrt(1 + x * x)
    n = xp.sqrt(1 + x * x + y * y)
    rows = [
        [one / a, zero, -x / a],
        [-x * y / (n * a), a / n, -y / (n * a)],
        [x / n, y / n, one / n],
    ]
    return xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)
