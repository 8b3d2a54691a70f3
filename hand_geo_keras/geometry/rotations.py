"""Rotations between views and about the optical axis, for numpy and TensorFlow."""

import numpy as np
import tensorflow as tf


def relative_rotation(source, target):
    """Rotation that takes vectors of the source view's frame to the target view's.

    `R_ij = R_j R_iᵀ`, where `R_i` and `R_j` rotate the world into the virtual
    cameras of views i (source) and j (target). Works on numpy arrays and tensors.

    Args:
        source: `[A1, ..., An, 3, 3]` world-to-view rotation `R_i`.
        target: `[A1, ..., An, 3, 3]` world-to-view rotation `R_j`.

    Returns:
        `[A1, ..., An, 3, 3]` rotation `R_ij`, of the inputs' kind.

    Example:
        >>> quarter = roll_matrix(np.pi / 2)
        >>> np.allclose(relative_rotation(np.eye(3), quarter), quarter)
        True

    Reference:
        Müller et al., ICIP 2020, eq. (2); Rhodin et al., ECCV 2018, whose code
        applies it in `unet_encode3D.py`.
    """
    if tf.is_tensor(source) or tf.is_tensor(target):
        return tf.matmul(target, source, transpose_b=True)
    return target @ np.swapaxes(source, -1, -2)


def roll_matrix(angle):
    """Rotation about the optical axis that turns the image by `angle`.

    With x to the right and y down, a positive angle turns the picture clockwise
    as seen on the screen, in 2D and in 3D alike.

    Args:
        angle: `[A1, ..., An]` angles in radians, numpy or tensor.

    Returns:
        `[A1, ..., An, 3, 3]` rotations `Rz(angle)`, of the input's kind.
    """
    xp = tf if tf.is_tensor(angle) else np
    cosine, sine = xp.cos(angle), xp.sin(angle)
    zero, one = xp.zeros_like(cosine), xp.ones_like(cosine)
    rows = [
        xp.stack([cosine, -sine, zero], axis=-1),
        xp.stack([sine, cosine, zero], axis=-1),
        xp.stack([zero, zero, one], axis=-1),
    ]
    return xp.stack(rows, axis=-2)
