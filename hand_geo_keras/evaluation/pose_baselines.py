"""What a pose estimator must beat: the mean pose and the most similar labelled crop."""

from typing import Any

import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.datasets.split import Part, Split
from hand_geo_keras.evaluation.pose_errors import measure_poses, n_mpjpe_of_each
from hand_geo_keras.metrics.alignment import align_procrustes

_ROUNDS = 5


def mean_pose(train: InstantPool, labels: np.ndarray, part: Part) -> np.ndarray:
    """Predicts the mean of the annotated poses for every measured view.

    Args:
        train: `InstantPool` of the annotated views.
        labels: `[L]` indices of the annotated views in it.
        part: `Part` to predict.

    Returns:
        `[K, 21, 3]` float32 poses in mm, wrist-relative, virtual-camera frame.
    """
    return np.broadcast_to(train.poses(labels).mean(0), part.poses.shape)


def mean_pose_errors(split: Split) -> dict[Any, Any]:
    """N-MPJPE of the mean pose of all training labels, on every measured part.

    Args:
        split: `Split`.

    Returns:
        dict from the part's name to mm.
    """
    errors = {}
    for name, part in split.measured.items():
        pose = mean_pose(split.train.pool, split.train.views, part)
        errors[name] = float(n_mpjpe_of_each(part.poses, pose, part.valid).mean())
    return errors


def nearest_pose(train: Any, labels: Any, part: Any) -> Any:
    """Predicts the pose of the annotated crop with the smallest L2 pixel distance.

    Args and result are those of `mean_pose`.
    """
    known = train.crops(labels).reshape(len(labels), -1).astype(np.float32)
    nearest = [
        ((known - part.pool.crops(view).reshape(-1)) ** 2).sum(-1).argmin()
        for view in part.views
    ]
    return train.poses(labels)[nearest]


def constant_articulation(
    train: InstantPool, labels: np.ndarray, part: Part
) -> np.ndarray:
    """Predicts one articulation for every view: the annotated poses' Procrustes mean.

    PA-MPJPE takes out rotation and scale, so what it says of this prediction is how
    far one gets without looking at the fingers at all; only PA-MPJPE means anything
    of it.

    Args and result are those of `mean_pose`.
    """
    return np.broadcast_to(_mean_articulation_of(train, labels), part.poses.shape)


def constant_articulation_errors(split: Split) -> dict[str, float]:
    """PA-MPJPE of one constant articulation, on every measured part.

    Args:
        split: `Split`, all labels of whose training subjects are used.

    Returns:
        dict from the part's name to mm.
    """
    pose, errors = _mean_articulation_of(split.train.pool, split.train.views), {}
    for name, part in split.measured.items():
        poses = np.broadcast_to(pose, part.poses.shape)
        errors[name] = measure_poses(part, poses)["pa_mpjpe_mm"]
    return errors


def _mean_articulation_of(train, labels):
    """`mean_articulation` of annotated views, of complete ones where there are any."""
    poses = train.poses(labels)
    valid = train.valid[train.instant_of_view[labels]]
    return mean_articulation(poses[valid.all(-1)] if valid.all(-1).any() else poses)


def mean_articulation(poses: np.ndarray) -> np.ndarray:
    """The generalised Procrustes mean of poses.

    Args:
        poses: `[M, J, 3]` float poses in mm, of any orientation.

    Returns:
        `[J, 3]` pose in mm, relative to the first joint, as large as the first pose.

    Example:
        >>> pose = np.random.default_rng(0).normal(size=(1, 21, 3)).astype("float32")
        >>> np.allclose(mean_articulation(pose), pose[0] - pose[0, 0], atol=1e-4)
        True

    Reference:
        Gower, "Generalized Procrustes Analysis", Psychometrika 1975.
    """
    poses = np.asarray(poses, np.float32)
    shape, ones = poses[0], np.ones(poses.shape[:2], np.float32)
    for _ in range(_ROUNDS):
        target = np.broadcast_to(shape, poses.shape)
        aligned = np.asarray(align_procrustes(target, poses, ones)).mean(0)
        # Averages shrink; the scale is taken out anyway.
        shape = aligned * (np.linalg.norm(poses[0]) / np.linalg.norm(aligned))
    return shape - shape[:1]
