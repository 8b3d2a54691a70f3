"""Method: a trained model is adapted to a recording without a label of it."""

import dataclasses
from pathlib import Path
from typing import Any

import tensorflow as tf

from hand_geo_keras.datasets.split import Split
from hand_geo_keras.models import SemiSupervisedPoseEstimator, save_to_preset
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer, merge_views
from hand_geo_keras.pipelines import Augmentation, joined_batches, quad_dataset
from hand_geo_keras.training.fitting import decaying_adam, fit_resumable
from hand_geo_keras.training.networks import new_image_loss
from hand_geo_keras.training.profiles import Adaptation, Rehearsal, ViewSynthesis
from hand_geo_keras.training.transfer import (
    copy_scaling,
    refuse_named_points,
    self_source,
    synthetic_source,
)

PRESET_FOLDER = "preset"


@dataclasses.dataclass(frozen=True)
class AdaptationConfig:
    """What `adapt` depends on.

    Args:
        training: `Adaptation`.
        views: `ViewSynthesis`.
        rehearsal: `Rehearsal`.
        augmentation: `Augmentation`.
    """

    training: Adaptation
    views: ViewSynthesis
    rehearsal: Rehearsal
    augmentation: Augmentation


def adapt(
    data: Split,
    labels: Any,
    config: AdaptationConfig,
    parents: Any,
    folder: Path,
    seed: int,
) -> SemiSupervisedPoseEstimator:
    """Trains encoder, decoder and head on a recording, without a label of it.

    View synthesis on the unlabelled pairs alone would move the latent points away
    from what the head has learned. So every batch also holds labelled images for
    it: crops of the recording with multi-view pseudo-labels
    (`with_self_training_labels`) and, with a dome, rendered ones. Batch normalisation
    sees quads and labelled images in batches of their own; at the end its statistics
    are those of the recording. The model is also written as a preset, to the job's
    `preset`.

    Args:
        config: `AdaptationConfig`.
        parents: One with a `ViewSynthesizer` and a `PoseEstimator`.
        data, labels, folder, seed: See `Method`.

    Returns:
        `SemiSupervisedPoseEstimator`.

    Raises:
        DatasetError: The parent has named latent points.
    """
    del labels
    (parent,) = parents
    training, pool = config.training, data.unlabelled
    start = parent.pose_estimator()
    refuse_named_points(start)
    synthesizer = parent.view_synthesizer()
    model = SemiSupervisedPoseEstimator(
        synthesizer, start.pose_head, pose_loss_weight=training.pose_weight
    )
    copy_scaling(start, model.pose_estimator)
    loss = new_image_loss(config.views)
    model.compile(
        decaying_adam(training.learning_rate, training.steps, training.clip_norm),
        loss=loss,
    )
    sources = self_source(config.rehearsal, start, pool)
    sources += synthetic_source(config.rehearsal)
    fit_resumable(
        model,
        lambda first_batch: _mixed(config, pool, sources, seed, first_batch),
        folder,
        training.steps,
        description="Adaptation",
    )
    quads = _quads(config, pool, seed).take(training.calibration_batches)
    recalibrate_batch_norm(synthesizer, quads)
    save_to_preset(
        folder / PRESET_FOLDER, synthesizer, model.pose_estimator, half_precision=False
    )
    return model


def recalibrate_batch_norm(synthesizer: ViewSynthesizer, quads: Any) -> None:
    """Moves the statistics of the encoder's batch normalisation to some images.

    Args:
        synthesizer: `ViewSynthesizer`; no weight that is trained changes.
        quads: Finite dataset of quad batches.
    """
    encoder = synthesizer.encoder
    encoder.trainable = True  # frozen layers would keep their statistics
    for batch in quads:
        encoder(synthesizer.normalize(merge_views(batch["image"])), training=True)


def _mixed(config, pool, sources, seed, first_batch):
    labels = joined_batches(sources, seed, config.augmentation, first_batch)
    quads = _quads(config, pool, seed, first_batch)
    return tf.data.Dataset.zip(labels, quads).map(
        lambda label, quad: (
            {"labelled": label[0], "unlabelled": quad},
            *label[1:],
        )
    )


def _quads(config, pool, seed, first_batch=0):
    gap = config.views.min_time_gap
    return quad_dataset(
        pool, config.training.quads, seed, config.augmentation, gap, first_batch
    )
