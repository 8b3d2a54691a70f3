"""Pose errors: over all, per joint and per finger."""

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


def pose_errors(truth, predicted, valid):
    """All errors of predicted poses.

    Args:
        truth: `[K, 21, 3]` wrist-relative poses in mm.
        predicted: `[K, 21, 3]` poses in mm, same frame.
        valid: `[K, 21]` bool.

    Returns:
        dict of the `METRICS` (floats), and `per_joint_n_mpjpe_mm` and
        `per_finger_n_mpjpe_mm` (dicts from name to mm; the wrist is no finger).
    """
    per_joint = _evaluate(PerJointNMPJPE(), truth, predicted, valid)
    return {
        **{
            name: float(_evaluate(metric(), truth, predicted, valid))
            for name, metric in METRICS.items()
        },
        "per_joint_n_mpjpe_mm": dict(zip(JOINT_NAMES, map(float, per_joint))),
        "per_finger_n_mpjpe_mm": {
            finger: float(per_joint[list(joints)].mean())
            for finger, joints in FINGERS.items()
        },
    }


def measure_poses(part, poses):
    """`pose_errors` of `[K, 21, 3]` poses predicted for the views of a `Part`."""
    return pose_errors(part.poses, poses, part.valid)


def n_mpjpe_of_each(truth, predicted, valid):
    """N-MPJPE in mm of every pose by itself, `[K]`.

    Args and frames are those of `pose_errors`.
    """
    weights = valid[..., None]
    inner = (weights * predicted * truth).sum((1, 2))
    norm = np.maximum((weights * predicted**2).sum((1, 2)), 1e-9)
    scaled = (inner / norm)[:, None, None] * predicted
    distances = np.linalg.norm(scaled - truth, axis=-1)
    return (distances * valid).sum(-1) / np.maximum(valid.sum(-1), 1)


def _evaluate(metric, truth, predicted, valid):
    for start in range(0, len(truth), _BATCH):
        part = slice(start, start + _BATCH)
        metric.update_state(truth[part], predicted[part], valid[part])
    return np.asarray(metric.result())
