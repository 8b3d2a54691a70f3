"""Multi-view pseudo-labels of a model, for its self-training on a recording."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.geometry import roll_matrix
from hand_geo_keras.metrics.alignment import align_procrustes
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.pipelines.augmentation import look_through
from hand_geo_keras.prediction import consensus_pose
from hand_geo_keras.training.multi_view_labels import triangulated_joints

ROLLS = tuple(range(-180, 180, 20))  # degrees
_BATCH = 64
_EXACT_MM = 1.0  # smaller differences contradict nothing


def with_self_training_labels(
    model: Any, pool: InstantPool, rolls: Any = ROLLS
) -> InstantPool:
    """Labels a recording by the model itself, with what only several views can tell.

    Every view is looked at rolled in its image plane; what the views of an instant
    agree upon (`consensus_pose`) becomes the label of each of them.

    Args:
        model: Model of crops to poses, for example a `PoseEstimator`.
        pool: `InstantPool`; its labels are not looked at.
        rolls: Rolls in degrees, round the circle in equal steps.

    Returns:
        `InstantPool` with these labels; instants with a single view have none.
    """
    guesses = poses_over_rolls(model, pool, rolls)
    joints = np.zeros_like(pool.joints)
    valid = np.zeros_like(pool.valid)
    for instant in np.flatnonzero(pool.num_views > 1):
        views = pool.views[instant, : pool.num_views[instant]]
        joints[instant] = consensus_pose(guesses[views], pool.rotations[views])
        valid[instant] = True
    return dataclasses.replace(pool, joints=joints, valid=valid)


def with_seen_joints(model: PoseEstimator, pool: InstantPool) -> InstantPool:
    """Labels a recording by what a model with named latent points sees in all views.

    Triangulated joints tell better than any single view where a hand is and how it is
    turned; the poses that the views take it for tell better how fingers bend which some
    of them do not see. So a label is the mean of these poses, moved by the similarity
    that fits it to the triangulated joints. Where the two differ by more than twice the
    median, and more than a millimetre, an instant has no label.

    Args:
        model: `PoseEstimator` with named latent points.
        pool: `InstantPool`; its labels are not looked at.

    Returns:
        `InstantPool` with these labels, in the world; none where no instant has two
        views.

    Example:
        ```python
        labelled = with_seen_joints(PoseEstimator.from_preset("hand_128"), instants)
        labelled.joints[labelled.valid.all(1)]  # [I, 21, 3] mm
        ```
    """
    triangulated, poses = triangulated_joints(model, pool)
    instants = np.flatnonzero(np.isfinite(triangulated).all((1, 2)))
    sums = np.zeros_like(pool.joints)  # as good as means, since their size is fitted
    np.add.at(sums, pool.instant_of_view, poses @ pool.rotations)
    placed = triangulated[instants].astype(np.float32)
    shaped = align_procrustes(
        placed, sums[instants], np.ones(placed.shape[:2], np.float32)
    )
    shaped = keras.ops.convert_to_numpy(shaped)
    differences = np.linalg.norm(shaped - placed, axis=-1).mean(1)
    limit = max(2 * np.median(differences), _EXACT_MM) if len(instants) else 0.0
    agree = differences <= limit
    joints, valid = np.zeros_like(pool.joints), np.zeros_like(pool.valid)
    joints[instants[agree]] = shaped[agree]
    valid[instants[agree]] = True
    return dataclasses.replace(pool, joints=joints, valid=valid)


def poses_over_rolls(model: Any, pool: InstantPool, rolls: Any) -> np.ndarray:
    """Predicts every view of a pool in several rolls.

    Args:
        model: Model of crops to poses, for example a `PoseEstimator`.
        pool: `InstantPool` of M views.
        rolls: K rolls in degrees.

    Returns:
        `[M, K, 21, 3]` float32 poses in mm, rotated back into the virtual camera of
        the view without a roll.
    """
    rotations = np.stack([roll_matrix(np.radians(roll)) for roll in rolls])
    rotations = rotations.astype(np.float32)
    poses = []
    for rotation in rotations:
        for start in range(0, len(pool.images), _BATCH):
            images = pool.images[start : start + _BATCH]
            ones = np.ones(len(images), np.float32)
            rolled = look_through(
                tf.convert_to_tensor(images),
                pool.focals[start : start + _BATCH],
                np.broadcast_to(rotation, (len(images), 3, 3)),
                ones,
                pool.crop_size,
            )
            predicted = model({"image": rolled}, training=False)
            # Row vectors are rotated back by p @ rotation.
            poses.append(keras.ops.convert_to_numpy(predicted) @ rotation)
    poses = np.concatenate(poses).reshape(len(rolls), len(pool.images), -1, 3)
    return np.swapaxes(poses, 0, 1)
