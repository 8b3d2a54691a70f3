"""Batches of labelled crops and poses."""

from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines.view_table import ViewTable


def labelled_views(pool: InstantPool) -> Any:
    """Indices `[L]` of all views whose instant is labelled."""
    return np.flatnonzero(pool.labelled[pool.instant_of_view]).astype(np.int32)


def choose_labels(pool: InstantPool, count: int, seed: int = 0) -> Any:
    """Chooses a label budget: `count` labelled images at random, without repetition.

    Smaller budgets of the same seed are subsets of larger ones; labels that a person
    has corrected come first.

    Args:
        pool: `InstantPool`.
        count: Number of annotated images (views), as the paper counts them.
        seed: Seed of the choice.

    Returns:
        `[count]` int32 indices of views.

    Raises:
        DatasetError: If the pool has fewer labelled images, or the number is negative.
    """
    available = labelled_views(pool)
    if count < 0:
        raise DatasetError(
            f"A budget of labels is a number from 0 on. Received: {count}"
        )
    if count > len(available):
        raise DatasetError(
            f"A budget of {count} labels is larger than the {len(available)} "
            "labelled images there are; choose a smaller one"
        )
    return pool.in_label_order(available, seed)[:count]


def labelled_dataset(
    pool: InstantPool,
    views: Any,
    batch_size: int,
    seed: int = 0,
    augmentation: Any = None,
    first_batch: int = 0,
) -> Any:
    """Endless shuffled batches of labelled crops; every epoch shows each label once.

    Sampled without state: batch k depends on k and seed alone.

    Args:
        pool: `InstantPool`.
        views: `[L]` indices of labelled views, for example from `choose_labels`.
        batch_size: Number of crops in a batch.
        seed: Seed of order and augmentation.
        augmentation: `Augmentation` ranges; nothing changes if None.
        first_batch: Number of the first batch, to resume where a run stopped.

    Returns:
        A `tf.data.Dataset` of `({"image": [B, S, S, 3] uint8}, poses [B, 21, 3]
        float32 mm, weights [B, 21] float32)`; poses are wrist-relative in the
        (augmented) virtual camera's frame.

    Raises:
        DatasetError: If there are no views.
    """
    if not len(views):
        raise DatasetError(
            "A training on labels needs labelled images. Received: no views"
        )
    table = ViewTable(pool, augmentation)
    # A stream of its own, so that labels and quads of one seed differ.
    seeds = tf.data.Dataset.counter(first_batch).map(
        lambda batch: tf.stack([np.int64(seed) + 2**32, batch])
    )
    order = _shuffled(views, seed, first_batch * batch_size)
    order = order.batch(batch_size, drop_remainder=True)
    return (
        tf.data.Dataset.zip(order, seeds)
        .map(
            lambda chosen, batch_seed: _labelled_batch(table, chosen, batch_seed),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        .prefetch(tf.data.AUTOTUNE)
    )


def _shuffled(views, seed, start):
    """Endless views from number `start` on, every epoch in an order of its own."""
    views = tf.constant(np.asarray(views, np.int32))
    first_epoch, skipped = divmod(start, len(views))

    def in_order_of(epoch):
        epoch_seed = tf.stack([np.int64(seed) + 2**33, epoch])
        order = tf.random.experimental.stateless_shuffle(views, epoch_seed)
        return tf.data.Dataset.from_tensor_slices(order)

    return tf.data.Dataset.counter(first_epoch).flat_map(in_order_of).skip(skipped)


def joined_batches(
    sources: Any, seed: int = 0, augmentation: Any = None, first_batch: int = 0
) -> Any:
    """Endless batches of so many labelled crops of each of several sources.

    Args:
        sources: List of `(pool, views, batch_size)`, see `labelled_dataset`; crops of
            all pools have one size.
        seed: Seed of order and augmentation.
        augmentation: `Augmentation` ranges; nothing changes if None.
        first_batch: Number of the first batch, to resume where a run stopped.

    Returns:
        A `tf.data.Dataset` like that of `labelled_dataset`, whose batches hold the
        crops of the first source, then those of the second, and so on.

    Raises:
        DatasetError: If a source has no views.
    """
    parts = [
        labelled_dataset(pool, views, batch_size, seed, augmentation, first_batch)
        for pool, views, batch_size in sources
    ]
    return tf.data.Dataset.zip(tuple(parts)).map(
        lambda *batches: tf.nest.map_structure(
            lambda *values: tf.concat(values, axis=0), *batches
        )
    )


def evaluation_dataset(pool: InstantPool, views: Any, batch_size: int = 64) -> Any:
    """Labelled crops once, in order and without augmentation.

    Args:
        pool: `InstantPool`.
        views: `[L]` indices of labelled views.
        batch_size: Number of crops in a batch; the last one may be smaller.

    Returns:
        A `tf.data.Dataset` as `labelled_dataset` gives.
    """
    table = ViewTable(pool)
    still = tf.constant([0, 0], tf.int64)
    return (
        tf.data.Dataset.from_tensor_slices(np.asarray(views, np.int32))
        .batch(batch_size)
        .map(lambda chosen: _labelled_batch(table, chosen, still))
        .prefetch(tf.data.AUTOTUNE)
    )


def _labelled_batch(table, chosen, seed):
    batch = table.read(chosen[:, None], seed, with_background=False)
    poses, weights = table.poses(chosen[:, None], batch["rotation"])
    return {"image": batch["image"][:, 0]}, poses[:, 0], weights[:, 0]
