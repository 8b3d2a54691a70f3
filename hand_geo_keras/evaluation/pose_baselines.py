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

    Of each joint it is the mean over the poses in which it is labelled.

    Args:
        train: `InstantPool` of the annotated views.
        labels: `[L]` indices of the annotated views in it.
        part: `Part` to predict.

    Returns:
        `[K, 21, 3]` float32 poses in mm, wrist-relative, virtual-camera frame.
    """
    poses, valid = train.poses(labels), train.validity(labels)[..., None]
    return np.broadcast_to(_mean_where(poses, valid), part.poses.shape)


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

    Joints without a label in that crop are those of the mean pose.

    Args and result are those of `mean_pose`.
    """
    known = train.crops(labels).reshape(len(labels), -1).astype(np.float32)
    nearest = [
        ((known - part.pool.crops(view).reshape(-1)) ** 2).sum(-1).argmin()
        for view in part.views
    ]
    poses, valid = train.poses(labels), train.validity(labels)[..., None]
    return np.where(valid, poses, _mean_where(poses, valid))[nearest]


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
    complete = valid.all(-1)
    if complete.any():
        return mean_articulation(poses[complete])
    return mean_articulation(poses, valid)


def _mean_where(poses, valid):
    """`[M, J, 3]`, `[M, J, 1]` -> `[J, 3]`, 0 for joints that are never valid."""
    count = np.maximum(valid.sum(0, dtype=np.float32), 1)
    return np.where(valid, poses, np.float32(0)).sum(0) / count


def mean_articulation(poses: np.ndarray, valid: Any = None) -> np.ndarray:
    """The generalised Procrustes mean of poses.

    Args:
        poses: `[M, J, 3]` float poses in mm, of any orientation.
        valid: `[M, J]` bool, which joints are known; all if None.

    Returns:
        `[J, 3]` pose in mm, relative to the first joint, as large as the first pose (of
        which most joints are known).

    Example:
        >>> pose = np.random.default_rng(0).normal(size=(1, 21, 3)).astype("float32")
        >>> np.allclose(mean_articulation(pose), pose[0] - pose[0, 0], atol=1e-4)
        True

    Reference:
        Gower, "Generalized Procrustes Analysis", Psychometrika 1975.
    """
    poses = np.asarray(poses, np.float32)
    valid = np.ones(poses.shape[:2], bool) if valid is None else np.asarray(valid)
    poses = np.where(valid[..., None], poses, np.float32(0))
    first = valid.sum(1).argmax()
    shape, known, size = poses[first], valid[first], np.linalg.norm(poses[first])
    for _ in range(_ROUNDS):
        target = np.broadcast_to(shape, poses.shape)
        weights = (valid & known).astype(np.float32)
        aligned = np.asarray(align_procrustes(target, poses, weights))
        mean = _mean_where(aligned, valid[..., None])
        # Averages shrink; the scale is taken out anyway.
        shape = mean * (size / np.linalg.norm(mean[valid[first]]))
        known = valid.any(0)
    return shape - shape[:1]
