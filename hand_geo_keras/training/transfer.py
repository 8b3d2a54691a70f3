"""Methods: a trained model on a new recording, zero-shot or after some training."""

import dataclasses
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.datasets.split import Split
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation.predict import predict_poses
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.models.read_joints import reads_joints
from hand_geo_keras.optimizers import TwoRateAdam
from hand_geo_keras.pipelines import Augmentation, joined_batches, labelled_views
from hand_geo_keras.training.fitting import fit_resumable
from hand_geo_keras.training.profiles import Rehearsal, Transfer
from hand_geo_keras.training.self_training_labels import with_self_training_labels


@dataclasses.dataclass(frozen=True)
class TransferConfig:
    """What `transfer` depends on.

    Args:
        training: `Transfer`.
        rehearsal: `Rehearsal`.
        augmentation: `Augmentation`; its roll is the training's.
        self_training: Whether the model trains on its own multi-view pseudo-labels too.
    """

    training: Transfer
    rehearsal: Rehearsal
    augmentation: Augmentation
    self_training: bool = False


def zero_shot(
    data: Any,
    labels: Any,
    config: Any,
    parents: Any,
    folder: str | Path,
    seed: int,
) -> Any:
    """The parent's `PoseEstimator`, on which nothing is trained."""
    del data, labels, config, folder, seed
    (parent,) = parents
    return parent.pose_estimator()


def transfer(
    data: Split,
    labels: np.ndarray,
    config: TransferConfig,
    parents: Any,
    folder: str | Path,
    seed: int,
) -> PoseEstimator:
    """Trains a trained encoder and head further on a few annotated images.

    Args:
        config: `TransferConfig`.
        parents: One with a `PoseEstimator`.
        data, labels, folder, seed: See `Method`.

    Returns:
        `PoseEstimator`.

    Raises:
        DatasetError: The parent has named latent points.
    """
    (parent,) = parents
    start, training, pool = parent.pose_estimator(), config.training, data.train.pool
    refuse_named_points(start)
    model = _released(start, _relative_size(start, pool, labels))
    steps = training.steps(len(labels))
    optimizer = TwoRateAdam(
        keras.optimizers.schedules.CosineDecay(training.learning_rate, steps),
        model.encoder.trainable_variables,
        training.encoder_rate,
        use_ema=True,
        ema_momentum=training.ema_momentum,
        global_clipnorm=training.clip_norm,
    )
    model.compile(optimizer, loss="mse")
    sources = [(pool, labels, training.batch), *synthetic_source(config.rehearsal)]
    if config.self_training:
        sources += self_source(config.rehearsal, start, data.unlabelled)
    augmentation = dataclasses.replace(config.augmentation, roll=training.roll)
    fit_resumable(
        model,
        lambda first_batch: joined_batches(sources, seed, augmentation, first_batch),
        folder,
        steps,
        description="Transfer",
    )
    return model


def refuse_named_points(start: PoseEstimator) -> None:
    """Refuses a model whose poses follow from named latent points, without a head.

    Raises:
        DatasetError: It is such a model.
    """
    if reads_joints(start):
        raise DatasetError(
            "'transferred' and 'adapted' train a pose head, and this model has named "
            "latent points instead; take --methods tuned_joints (of the study "
            "real_rig: --configurations=tuned_joints)."
        )


def synthetic_source(rehearsal: Rehearsal) -> list[Any]:
    """Rendered hands, which keep a model from forgetting the poses it knows.

    Few labels show few poses: trained on pointing hands only, a model soon sees
    pointing hands only.

    Args:
        rehearsal: `Rehearsal`.

    Returns:
        List of `(InstantPool, views, batch)`, see `joined_batches`; empty without a
        dome.
    """
    if rehearsal.dome is None:
        return []
    pool = rehearsal.dome.sample_labelled(rehearsal.images)  # type: ignore[attr-defined]
    return [(pool, labelled_views(pool), rehearsal.synthetic_batch)]


def self_source(rehearsal: Any, model: Any, pool: InstantPool) -> list[Any]:
    """A recording as a model labels it by itself, as `synthetic_source` gives it."""
    labelled = with_self_training_labels(model, pool)
    return [(labelled, labelled_views(labelled), rehearsal.self_batch)]


def copy_scaling(
    source: PoseEstimator, target: PoseEstimator, scale: float = 1.0
) -> None:
    """Gives a `PoseEstimator` the standardisation of poses of another one.

    Args:
        source, target: `PoseEstimator`.
        scale: Factor of all lengths.
    """
    target.pose_mean.assign(source.pose_mean * scale)
    target.pose_std.assign(source.pose_std * scale)


def keep_statistics(*parts: Any) -> None:
    """Freezes the batch normalisation of networks, to fine-tune on similar hands.

    Statistics of such batches take away what all of them have in common, for example
    that they point downwards.
    """
    for part in parts:
        for layer in part.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False


def _released(start, scale):
    """The same networks with all but the batch statistics trainable."""
    start.encoder.trainable = True
    keep_statistics(start.encoder, start.pose_head)
    model = PoseEstimator(start.encoder, start.pose_head, trainable_encoder=True)
    copy_scaling(start, model, scale)
    return model


def _relative_size(model, pool, labels):
    """How many times as large the labelled hand is as the model's.

    Another hand, or a calibration in other lengths than it says, would otherwise be
    learned by the whole network at the price of what it knows.
    """
    valid = pool.validity(labels)[..., None]
    true, predicted = pool.poses(labels), predict_poses(model, pool, labels)
    sizes = [np.linalg.norm(poses * valid) for poses in (true, predicted)]
    return float(sizes[0] / sizes[1])
