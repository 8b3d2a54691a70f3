"""Pose errors: over all, per joint, per finger and of each pose."""

from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import FINGERS, JOINT_NAMES
from hand_geo_keras.metrics import MPJPE, NMPJPE, PAMPJPE, PCKAUC, PerJointNMPJPE

METRICS = {
    "n_mpjpe_mm": NMPJPE,
    "mpjpe_mm": MPJPE,
    "pa_mpjpe_mm": PAMPJPE,
    "pck_auc": PCKAUC,
}
_BATCH = 4096


def pose_errors(
    truth: np.ndarray, predicted: np.ndarray, valid: np.ndarray
) -> dict[Any, Any]:
    """All errors of predicted poses.

    Args:
        truth: `[K, 21, 3]` wrist-relative poses in mm.
        predicted: `[K, 21, 3]` poses in mm, same frame.
        valid: `[K, 21]` bool; what is not valid may be NaN.

    Returns:
        dict of the `METRICS` (floats), and `per_joint_n_mpjpe_mm` and
        `per_finger_n_mpjpe_mm` (dicts from name to mm; the wrist is no finger). A
        joint that is never valid has 0 and does not count for its finger.
    """
    measured = np.any(valid, axis=0)
    per_joint = _evaluate(PerJointNMPJPE(), truth, predicted, valid)
    return {
        **{
            name: float(_evaluate(metric(), truth, predicted, valid))
            for name, metric in METRICS.items()
        },
        "per_joint_n_mpjpe_mm": dict(zip(JOINT_NAMES, map(float, per_joint))),
        "per_finger_n_mpjpe_mm": {
            finger: float(
                per_joint[list(joints)].sum() / max(measured[list(joints)].sum(), 1)
            )
            for finger, joints in FINGERS.items()
        },
    }


def measure_poses(part: Any, poses: np.ndarray) -> Any:
    """`pose_errors` of `[K, 21, 3]` poses predicted for the views of a `Part`."""
    return pose_errors(part.poses, poses, part.valid)


def n_mpjpe_of_each(truth: Any, predicted: np.ndarray, valid: Any) -> Any:
    """N-MPJPE in mm of every pose by itself, `[K]`; NaN without a valid joint.

    Args and frames are those of `pose_errors`.
    """
    return _of_each(NMPJPE(), truth, predicted, valid)


def errors_of_each(truth: Any, predicted: np.ndarray, valid: Any) -> dict[Any, Any]:
    """N-MPJPE about wrist and centroid, and PA-MPJPE, of every pose by itself.

    Scaling about the centroid does not charge a wrong wrist to all other joints. Args
    and frames are those of `pose_errors`.

    Returns:
        dict with `n_mpjpe_mm`, `n_mpjpe_centroid_mm` and `pa_mpjpe_mm`, `[K]` each; NaN
        for a pose without a valid joint.

    Example:
        ```python
        errors_of_each(truth, truth + 3.0, valid)["n_mpjpe_centroid_mm"]  # zeros
        ```
    """
    centred = (_about_centroid(poses, valid) for poses in (truth, predicted))
    return {
        "n_mpjpe_mm": _of_each(NMPJPE(), truth, predicted, valid),
        "n_mpjpe_centroid_mm": _of_each(NMPJPE(), *centred, valid),  # type: ignore[call-arg]
        "pa_mpjpe_mm": _of_each(PAMPJPE(), truth, predicted, valid),
    }


def _of_each(metric, truth, predicted, valid):
    distances, weights = map(
        np.asarray, metric.joint_distances(truth, predicted, valid)
    )
    total, count = (distances * weights).sum(-1), weights.sum(-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.float32(np.nan))


def _about_centroid(poses, valid):
    """[K, J, 3] relative to the mean of the joints that count."""
    weights = np.asarray(valid, "float32")[..., None]
    poses = np.where(weights > 0, poses, np.float32(0))  # 0 times NaN is NaN
    mean = (weights * poses).sum(1, keepdims=True)
    return poses - mean / np.maximum(weights.sum(1, keepdims=True), 1)


def _evaluate(metric, truth, predicted, valid):
    for start in range(0, len(truth), _BATCH):
        part = slice(start, start + _BATCH)
        metric.update_state(truth[part], predicted[part], valid[part])
    return np.asarray(metric.result())
