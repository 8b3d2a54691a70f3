"""Multi-view pseudo-labels of a model, for its self-training on a recording."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.geometry import roll_matrix
from hand_geo_keras.pipelines.augmentation import look_through
from hand_geo_keras.prediction import consensus_pose

ROLLS = tuple(range(-180, 180, 20))  # degrees
_BATCH = 64


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
