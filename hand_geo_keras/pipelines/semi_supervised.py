"""Batches with a constant mix of labelled crops and unlabelled quads."""

from typing import Any

import tensorflow as tf

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.pipelines.labelled import labelled_dataset
from hand_geo_keras.pipelines.quads import quad_dataset


def semi_supervised_dataset(
    pool: InstantPool,
    views: Any,
    labelled_batch: Any,
    quad_batch: Any,
    seed: int = 0,
    augmentation: Any = None,
    min_time_gap: int = 1,
    first_batch: int = 0,
) -> Any:
    """Oversamples the few labels so that every batch holds the same fraction of them.

    Args:
        pool: `InstantPool`; quads are sampled from all of it.
        views: `[L]` indices of the labelled views.
        labelled_batch: Number of labelled crops in each batch.
        quad_batch: Number of quads in each batch.
        seed: Seed of all random choices.
        augmentation: `Augmentation` ranges for both parts.
        min_time_gap: See `quad_dataset`.
        first_batch: Number of the first batch, to resume where a run stopped.

    Returns:
        An endless `tf.data.Dataset` of `({"labelled": {"image"}, "unlabelled":
        quads}, poses, weights)`, shapes as in `labelled_dataset` and `quad_dataset`.

    Raises:
        DatasetError: If there are no labels, or no quads.
        ValueError: If `min_time_gap` is no whole number from 1 on.

    Reference:
        Müller et al., ICIP 2020, sec. 2.3: random minority oversampling.
    """
    labels = labelled_dataset(
        pool, views, labelled_batch, seed, augmentation, first_batch
    )
    quads = quad_dataset(
        pool, quad_batch, seed, augmentation, min_time_gap, first_batch
    )
    return tf.data.Dataset.zip(labels, quads).map(
        lambda labelled, quad: (
            {"labelled": labelled[0], "unlabelled": quad},
            *labelled[1:],
        )
    )
