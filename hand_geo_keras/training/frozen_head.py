"""Method: a pose head on the cached latent points of a frozen encoder."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.split import Split
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.training.clock import Clock
from hand_geo_keras.training.fitting import decaying_adam
from hand_geo_keras.training.networks import new_pose_head
from hand_geo_keras.training.profiles import HeadTraining, Network
from hand_geo_keras.training.rolled_latents import encode_rolled
from hand_geo_keras.training.trained import latents_of

# Heads cost seconds, most of which would be the overhead of single steps.
_STEPS_PER_CALL = 10
_MOST_ROLLED = 20_000  # encoding more rolled copies would cost minutes


@dataclasses.dataclass(frozen=True)
class HeadConfig:
    """What `frozen_head` depends on.

    Args:
        network: `Network`, for the size of the head.
        training: `HeadTraining`.
        roll: Roll in degrees of further copies of the annotated images; 0 for none.
    """

    network: Network
    training: HeadTraining
    roll: float = 0.0


def frozen_head(
    data: Split,
    labels: np.ndarray,
    config: HeadConfig,
    parents: Any,
    folder: str | Path,
    seed: int,
) -> PoseEstimator:
    """Trains a pose head on annotated images; the encoder stays as it was.

    Args:
        config: `HeadConfig`.
        parents: One with a `ViewSynthesizer`.
        data, labels, folder, seed: See `Method`.

    Returns:
        `PoseEstimator`.
    """
    (parent,) = parents
    synthesizer = parent.view_synthesizer()
    model = PoseEstimator(synthesizer.encoder, new_pose_head(config.network))
    pool = data.train.pool
    latents = latents_of(parent, synthesizer, data, "unlabelled")
    latents = latents[data.in_unlabelled(labels)]
    poses = pool.poses(labels)
    valid = pool.validity(labels).astype(np.float32)
    copies = min(config.training.rolled_copies, _MOST_ROLLED // len(labels))
    if config.roll and copies:
        rolled = encode_rolled(synthesizer, pool, labels, copies, config.roll, seed)
        latents = np.concatenate([latents, rolled[0]])
        poses = np.concatenate([poses, rolled[1]])
        valid = np.tile(valid, (copies + 1, 1))
    model.adapt(poses, valid)
    steps = config.training.steps(len(labels))
    fit_head(model, (latents, poses, valid), config.training, steps, folder, seed)
    return model


def fit_head(
    model: PoseEstimator,
    examples: Any,
    training: HeadTraining,
    steps: int,
    folder: str | Path,
    seed: int,
) -> None:
    """Trains the head of a `PoseEstimator` on latent points.

    Args:
        model: `PoseEstimator`, adapted.
        examples: `(latents [L, N, 3], poses [L, 21, 3], valid [L, 21])`.
        training: `HeadTraining`.
        steps: Training steps.
        folder: Folder of the job, whose clock runs.
        seed: Seed of the batches.
    """
    latents, poses, valid = examples
    model.compile(
        decaying_adam(training.learning_rate, steps, training.clip_norm),
        loss="mse",
        steps_per_execution=min(_STEPS_PER_CALL, steps),
    )
    batches = (
        tf.data.Dataset.from_tensor_slices(({"latent_3d": latents}, poses, valid))
        .shuffle(len(poses), seed=seed)
        .repeat()
        .batch(training.batch, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )
    model.fit(
        batches,
        steps_per_epoch=steps,
        callbacks=[Clock(folder)],
        shuffle=False,
        verbose=0,
    )
