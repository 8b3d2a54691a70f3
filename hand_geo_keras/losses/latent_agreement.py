"""How far the latent points of two views are apart, once they are in the same axes."""

from typing import Any

from keras import ops

# Keeps the Gram matrix of collinear points invertible, relative to its trace.
_RIDGE = 1e-5
# Newton-Schulz converges quadratically once the smallest eigenvalue has grown by
# 9/4 per step from `_RIDGE`.
_ITERATIONS = 16


def relative_distance(one: Any, other: Any) -> Any:
    """Squared distance of two point clouds relative to their squared sizes.

    Args:
        one, other: `[..., N, 3]` float32 points in the same axes.

    Returns:
        `[...]` float32, `|a - b|^2 / (|a|^2 + |b|^2)`: 0 where they agree, 1 where
        nothing connects them, 2 where they are opposites.
    """
    gap = ops.sum((one - other) ** 2, axis=(-1, -2))
    size = ops.sum(one**2 + other**2, axis=(-1, -2))
    return gap / ops.maximum(size, 1e-9)


def whitened(points: Any) -> Any:
    """Point cloud without its mean, scaled until it is equally long everywhere.

    This is the orthogonal polar factor `A (A^T A)^(-1/2)` of the centred points `A`,
    by the coupled Newton-Schulz iteration (Higham, Functions of Matrices, 2008, eq.
    6.35), whose gradient stays finite where singular values coincide. It rotates
    with the points: `whitened(A R) = whitened(A) R`.

    Args:
        points: `[..., N, 3]` float32, N at least 3.

    Returns:
        `[..., N, 3]` float32 with orthonormal columns, unless all points are
        collinear.

    Example:

    ```python
    points = np.random.default_rng(0).normal(0, (1, 0.1, 0.2), (100, 3))
    white = whitened(points.astype("float32"))
    ops.matmul(ops.transpose(white), white)  # the identity
    ```
    """
    points = points - ops.mean(points, axis=-2, keepdims=True)
    size = ops.sum(points**2, axis=(-1, -2), keepdims=True)
    points = points / ops.sqrt(ops.maximum(size, 1e-12))
    identity = ops.eye(3, dtype="float32")
    root = ops.matmul(ops.swapaxes(points, -1, -2), points) + _RIDGE * identity
    inverse_root = ops.zeros_like(root) + identity
    for _ in range(_ITERATIONS):
        factor = 1.5 * identity - 0.5 * ops.matmul(inverse_root, root)
        root = ops.matmul(root, factor)
        inverse_root = ops.matmul(factor, inverse_root)
    return ops.matmul(points, inverse_root)


def orientation_distance(one: Any, other: Any) -> Any:
    """How differently two whitened point clouds are rotated.

    Latent points of a hand are nearly collinear while they are little trained: they
    tell the direction of the forearm but hardly the roll about it, which plain
    distances then do not notice. Whitened, every axis counts the same.

    Args:
        one, other: `[..., N, 3]` float32 of `whitened`, in the same axes.

    Returns:
        `[...]` float32: 0 where they agree, `2/3 (1 - cos a)` where an angle `a`
        separates equal clouds, 1 where nothing connects them.
    """
    return 1 - ops.sum(one * other, axis=(-1, -2)) / 3
