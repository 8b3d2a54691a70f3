"""Random rotations of limited angle."""

from typing import Any

import keras
from keras import ops


def random_rotation(batch_size: int, max_angle: float, seed: int) -> Any:
    """Rotations about uniformly random axes by angles of at most `max_angle`.

    Args:
        batch_size: B, int or scalar tensor.
        max_angle: largest angle in radians; angles are uniform in its range.
        seed: `keras.random.SeedGenerator` or int.

    Returns:
        `[B, 3, 3]` float32 rotation matrices.
    """
    axis = keras.random.normal((batch_size, 3), seed=seed)
    axis = axis / ops.maximum(ops.norm(axis, axis=-1, keepdims=True), 1e-9)
    angle = keras.random.uniform((batch_size, 1, 1), -max_angle, max_angle, seed=seed)
    x, y, z = axis[:, 0], axis[:, 1], axis[:, 2]
    zero = ops.zeros_like(x)
    cross = ops.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1)
    cross = ops.reshape(cross, (-1, 3, 3))
    # Rodrigues' formula.
    return (
        ops.eye(3)
        + ops.sin(angle) * cross
        + (1.0 - ops.cos(angle)) * ops.matmul(cross, cross)
    )
