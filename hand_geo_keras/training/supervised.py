"""Method: encoder and pose head from scratch, on the labels alone."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.datasets.split import Split
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.pipelines import Augmentation, labelled_dataset
from hand_geo_keras.training.fitting import decaying_optimizer, fit_resumable
from hand_geo_keras.training.networks import (
    new_pose_head,
    new_view_synthesizer,
    untrained_copy,
)
from hand_geo_keras.training.profiles import LabelledTraining, Network, ViewSynthesis


@dataclasses.dataclass(frozen=True)
class SupervisedConfig:
    """What `supervised` depends on.

    Args:
        network: `Network`; not looked at if there is a parent.
        training: `LabelledTraining`.
        augmentation: `Augmentation`.
    """

    network: Network
    training: LabelledTraining
    augmentation: Augmentation


def supervised(
    data: Split,
    labels: np.ndarray,
    config: SupervisedConfig,
    parents: Any,
    folder: str | Path,
    seed: int,
) -> PoseEstimator:
    """Trains a `PoseEstimator` on annotated images and nothing else.

    Args:
        config: `SupervisedConfig`.
        parents: One whose architecture, not whose weights are taken; or none.
        data, labels, folder, seed: See `Method`.

    Returns:
        `PoseEstimator`.
    """
    encoder, head = _networks(config, parents, seed)
    model = PoseEstimator(encoder, head, trainable_encoder=True)
    pool, views = _pool_of_views(data.train.pool, labels)
    model.adapt(pool.poses(views), pool.validity(views))
    steps = config.training.steps(len(labels))
    model.compile(decaying_optimizer(config.training, steps), loss="mse")
    fit_resumable(
        model,
        lambda first_batch: labelled_dataset(
            pool,
            views,
            config.training.batch,
            seed,
            config.augmentation,
            first_batch,
        ),
        folder,
        steps,
        description="Supervised",
    )
    return model


def _networks(config, parents, seed):
    if parents:
        return untrained_copy(parents[0].pose_estimator())
    synthesizer = new_view_synthesizer(config.network, ViewSynthesis(), seed)
    return synthesizer.encoder, new_pose_head(config.network)


def _pool_of_views(pool, views):
    """The part of a pool that holds some views, and their indices in it."""
    instants = np.unique(pool.instant_of_view[views])
    kept = np.isin(pool.instant_of_view, instants)
    return pool.select(instants), (np.cumsum(kept) - 1)[views]
