"""Methods: labels and view synthesis in every batch, with true or pseudo-labels."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.split import Split
from hand_geo_keras.models import PoseEstimator, SemiSupervisedPoseEstimator
from hand_geo_keras.pipelines import (
    Augmentation,
    labelled_views,
    semi_supervised_dataset,
)
from hand_geo_keras.training.fitting import decaying_optimizer, fit_resumable
from hand_geo_keras.training.frozen_head import fit_head
from hand_geo_keras.training.multi_view_labels import (
    fused_points,
    with_multi_view_labels,
)
from hand_geo_keras.training.networks import new_image_loss, new_pose_head
from hand_geo_keras.training.profiles import (
    FineTuning,
    HeadTraining,
    Network,
    SemiTraining,
    ViewSynthesis,
)
from hand_geo_keras.training.trained import latents_of
from hand_geo_keras.training.view_synthesis import (
    novel_view_panel,
    starting_synthesizer,
)


@dataclasses.dataclass(frozen=True)
class SemiConfig:
    """What `semi_supervised` depends on.

    Args:
        network: `Network`, for the head and for what starts untrained.
        views: `ViewSynthesis`.
        training: `SemiTraining`.
        augmentation: `Augmentation`; its roll is the training's.
    """

    network: Network
    views: ViewSynthesis
    training: SemiTraining
    augmentation: Augmentation


@dataclasses.dataclass(frozen=True)
class FineTunedConfig(SemiConfig):
    """What `fine_tuned` depends on.

    Args:
        training: `FineTuning`.
        head: `HeadTraining` of the head that fine-tuning starts with.
    """

    training: FineTuning
    head: HeadTraining


def semi_supervised(
    data: Split,
    labels: np.ndarray,
    config: SemiConfig,
    parents: Any,
    folder: str | Path,
    seed: int,
) -> SemiSupervisedPoseEstimator:
    """Trains encoder, decoder and head on annotated images and unlabelled quads.

    Args:
        config: `SemiConfig`.
        parents: One with a `ViewSynthesizer` to start from, or none.
        data, labels, folder, seed: See `Method`.

    Returns:
        `SemiSupervisedPoseEstimator`.

    Reference:
        Müller et al., ICIP 2020, sec. 2.3.
    """
    synthesizer = starting_synthesizer(config, parents, seed)
    head = new_pose_head(config.network)
    pool, views = data.unlabelled, data.in_unlabelled(labels)
    return _fit(synthesizer, head, pool, views, len(labels), config, folder, seed)


def fine_tuned(
    data: Split,
    labels: np.ndarray,
    config: FineTunedConfig,
    parents: Any,
    folder: str | Path,
    seed: int,
) -> SemiSupervisedPoseEstimator:
    """Ours: all images get multi-view pseudo-labels, and the encoder is released.

    Args:
        config: `FineTunedConfig`.
        parents: One with a `ViewSynthesizer`.
        data, labels, folder, seed: See `Method`.

    Returns:
        `SemiSupervisedPoseEstimator`.
    """
    (parent,) = parents
    synthesizer = parent.view_synthesizer()
    latents = latents_of(parent, synthesizer, data, "unlabelled")
    pool = with_multi_view_labels(
        data.unlabelled,
        data.in_unlabelled(labels),
        fused_points(synthesizer, data.unlabelled, latents),
        config.training.ridge,
    )
    views = labelled_views(pool)
    # An untrained head would spoil the encoder before it had learned anything.
    head_views = data.head_views
    model = PoseEstimator(synthesizer.encoder, new_pose_head(config.network))
    model.adapt(pool.poses(views))  # as the training that follows
    examples = (latents[head_views], pool.poses(head_views), pool.validity(head_views))
    steps = config.head.steps(len(head_views))
    fit_head(model, examples, config.head, steps, folder, seed)
    synthesizer.encoder.trainable = True
    head = model.pose_head
    return _fit(synthesizer, head, pool, views, len(labels), config, folder, seed)


def _fit(synthesizer, head, pool, views, annotations, config, folder, seed):
    training = config.training
    model = SemiSupervisedPoseEstimator(
        synthesizer, head, pose_loss_weight=training.pose_weight
    )
    model.adapt(pool.poses(views), pool.validity(views))
    steps = training.steps(annotations)
    loss = new_image_loss(config.views)
    model.compile(decaying_optimizer(training, steps), loss=loss)
    augmentation = dataclasses.replace(config.augmentation, roll=training.roll)
    fit_resumable(
        model,
        lambda first_batch: semi_supervised_dataset(
            pool,
            views,
            training.batch,
            training.quads,
            seed,
            augmentation,
            config.views.min_time_gap,
            first_batch,
        ),
        folder,
        steps,
        description=type(config).__name__.removesuffix("Config"),
        callbacks=[novel_view_panel(pool, config.views, folder)],
    )
    return model
