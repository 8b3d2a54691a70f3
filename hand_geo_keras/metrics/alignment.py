"""Alignment of predicted poses to true ones before an error is taken."""

from typing import Any

from keras import ops


def align_scale(y_true: Any, y_pred: Any, weights: Any) -> Any:
    """Scales each prediction by the factor that fits the truth best.

    `s = <p, g> / <p, p>` over the flattened poses, as the reference's N-MPJPE does
    (Rhodin et al., `losses/poses.py` l.3-53): no rotation, no translation, no centring.

    Args:
        y_true: `[B, J, 3]` float32 root-relative poses g.
        y_pred: `[B, J, 3]` float32 root-relative poses p, same frame.
        weights: `[B, J]` float32, 0 for joints that must not count.

    Returns:
        `[B, J, 3]` float32, `s * p`; unchanged where p is all zero.
    """
    joint_weights = weights[..., None]
    inner = ops.sum(joint_weights * y_pred * y_true, axis=(1, 2), keepdims=True)
    norm = ops.sum(joint_weights * y_pred * y_pred, axis=(1, 2), keepdims=True)
    return ops.where(norm > 0, inner / ops.where(norm > 0, norm, 1.0), 1.0) * y_pred


def align_procrustes(y_true: Any, y_pred: Any, weights: Any) -> Any:
    """Moves each prediction by the similarity that fits the truth best.

    Scale, proper rotation (a mirror image is never allowed) and translation of
    least squared error over the joints that count (Umeyama 1991).

    Args:
        y_true: `[B, J, 3]` float32.
        y_pred: `[B, J, 3]` float32.
        weights: `[B, J]` float32, 0 for joints that must not count.

    Returns:
        `[B, J, 3]` float32, the moved prediction.
    """
    normalizer = ops.sum(weights, axis=1, keepdims=True)
    fractions = (weights / ops.maximum(normalizer, 1e-9))[..., None]  # [B, J, 1]
    true_mean = ops.sum(fractions * y_true, axis=1, keepdims=True)
    pred_mean = ops.sum(fractions * y_pred, axis=1, keepdims=True)
    true_centred, pred_centred = y_true - true_mean, y_pred - pred_mean
    covariance = ops.matmul(
        ops.transpose(fractions * true_centred, (0, 2, 1)), pred_centred
    )
    left, singular, right = ops.svd(covariance)  # covariance = left diag right
    # The last axis is flipped where the best orthogonal matrix is a reflection.
    sign = ops.sign(_determinant(left) * _determinant(right))
    signs = ops.stack([ops.ones_like(sign), ops.ones_like(sign), sign], axis=-1)
    rotation = ops.matmul(left * signs[:, None, :], right)  # [B, 3, 3]
    variance = ops.sum(fractions * pred_centred**2, axis=(1, 2))
    scale = ops.sum(singular * signs, axis=-1) / ops.maximum(variance, 1e-9)
    rotated = ops.matmul(pred_centred, ops.transpose(rotation, (0, 2, 1)))
    return scale[:, None, None] * rotated + true_mean


def _determinant(matrices):
    """[B, 3, 3] -> [B]; XLA on CPUs has no determinant."""
    first, second, third = matrices[:, 0], matrices[:, 1], matrices[:, 2]
    return ops.sum(ops.cross(first, second) * third, axis=-1)
