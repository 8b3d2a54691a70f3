"""One pose from any number of calibrated views of the same instant."""

from typing import Any

import numpy as np

from hand_geo_keras.prediction.compiled_model import compiled_model


def fuse_views(
    poses: np.ndarray,
    rotations: np.ndarray,
    weights: Any = None,
    precision: np.ndarray | None = None,
) -> np.ndarray:
    """Fuses per-view poses into one pose in the world's axes.

    Every pose is brought to the world's axes, to a common scale, and then averaged.
    The common scale is the weighted geometric mean of the views' own, so that a view
    that takes the hand for larger does not count more. Each view is best across its
    line of sight and worst along it; with a learned `precision` (see
    `learn_view_precision`) the views complete each other accordingly.

    Args:
        poses: `[V, 21, 3]` wrist-relative poses in mm, each in the frame of its
            view's virtual camera.
        rotations: `[V, 3, 3]` world -> virtual camera.
        weights: Optional `[V]` or `[V, 21]` non-negative weights of views or joints.
        precision: Optional `[21, 3, 3]` inverse covariances of a view's error per
            joint, in the view's frame.

    Returns:
        `[21, 3]` float64 wrist-relative pose in mm, in the world's axes.

    Raises:
        ValueError: If there is no view, shapes differ, or the weights of a joint are
            zero in all views.

    Example:
        >>> rotations = np.stack([np.eye(3), np.diag([-1.0, 1.0, -1.0])])
        >>> pose = np.arange(63.0).reshape(21, 3)
        >>> poses = pose @ np.swapaxes(rotations, 1, 2)
        >>> np.allclose(fuse_views(poses, rotations), pose)
        True
    """
    poses = np.asarray(poses, np.float64)
    rotations = np.asarray(rotations, np.float64)
    weights = _checked_weights(poses, rotations, weights)
    poses = _to_common_scale(poses, weights.mean(1))
    # The information [V, 21, 3, 3] that each view has on each joint.
    information = np.broadcast_to(np.eye(3), (*poses.shape, 3))
    if precision is not None:
        information = np.broadcast_to(precision, information.shape)
    information = information * weights[..., None, None]
    to_world = np.swapaxes(rotations, 1, 2)[:, None]
    votes = (to_world @ information @ poses[..., None]).sum(0)
    information = (to_world @ information @ rotations[:, None]).sum(0)
    return np.linalg.solve(information, votes)[..., 0]


def fuse_latents(
    model: Any,
    images: np.ndarray,
    rotations: np.ndarray,
    centers: np.ndarray | None = None,
    scales: np.ndarray | None = None,
) -> np.ndarray:
    """Fuses views before the pose head: in the latent space.

    The latent points of all views are rotated into each view's frame in turn,
    averaged there and given to the pose head; the poses are then fused as by
    `fuse_views`.

    Args:
        model: `PoseEstimator` or another model of `{"image": ...}` or
            `{"latent_3d": ...}` to poses that has `latents`.
        images: `[V, S, S, 3]` crops, uint8.
        rotations: `[V, 3, 3]` world -> virtual camera.
        centers: `[V, 2]`, only for a model whose latent points are positions in the
            crop: where a point that all views share lies in each crop, from its
            centre and in halves of its side.
        scales: `[V]`, with `centers`: mm of such a half at that point's distance.

    Returns:
        `[21, 3]` float64 wrist-relative pose in mm, in the world's axes.
    """
    latents = compiled_model(model).latents(images)
    return fuse_latent_points(model, latents, rotations, centers, scales)


def fuse_latent_points(
    model: Any,
    latents: np.ndarray,
    rotations: np.ndarray,
    centers: Any = None,
    scales: Any = None,
) -> np.ndarray:
    """`fuse_latents` of views that are encoded already.

    Args:
        model, rotations, centers, scales: As for `fuse_latents`.
        latents: `[V, N, 3]` latent points of each view.

    Returns:
        `[21, 3]` float64 wrist-relative pose in mm, in the world's axes.
    """
    model = getattr(model, "pose_estimator", model)
    rotations = np.asarray(rotations, np.float64)
    scale, origin = 1.0, 0.0
    if centers is not None:
        scale = np.reshape(scales, (-1, 1, 1))
        origin = np.pad(centers, ((0, 0), (0, 1)))[:, None]  # [V, 1, 3]
    in_world = ((latents - origin) * scale @ rotations).mean(0)
    in_views = in_world @ np.swapaxes(rotations, 1, 2) / scale + origin
    poses = model({"latent_3d": in_views.astype(np.float32)}, training=False)
    return fuse_views(np.asarray(poses), rotations)


def _checked_weights(poses, rotations, weights):
    count = len(poses)
    if poses.ndim != 3 or not count or rotations.shape != (count, 3, 3):
        raise ValueError(
            "Fusion needs poses [V, J, 3] and rotations [V, 3, 3] of at least one "
            f"view. Received: shapes {poses.shape} and {rotations.shape}"
        )
    weights = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    weights = np.broadcast_to(
        weights.reshape(count, -1) if weights.ndim else weights, poses.shape[:2]
    )
    if (weights < 0).any() or not (weights.sum(0) > 0).all():
        raise ValueError(
            "Weights must not be negative, and every joint needs a positive one in "
            f"some view. Received: weights={weights.tolist()}"
        )
    return weights


def _to_common_scale(poses, weights):
    scales = np.sqrt((poses**2).sum((1, 2)))
    if (scales == 0).any():
        return poses
    common = np.exp(np.average(np.log(scales), weights=weights))
    return poses * (common / scales)[:, None, None]
