"""Quads: two views at t and two at t′ of one sequence, for view synthesis."""

from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines.view_table import ViewTable


def quad_dataset(
    pool: InstantPool,
    batch_size: int,
    seed: int = 0,
    augmentation: Any = None,
    min_time_gap: int = 1,
    first_batch: int = 0,
) -> Any:
    """Endless batches of quads, sampled without state: batch k depends on k and seed.

    A quad holds the views `(t, i), (t, j), (t′, k), (t′, l)` with i ≠ j, k ≠ l and
    t ≠ t′ of the same sequence and hand, so that it yields the paper's triplets
    `(I_t^i, I_t^j, I_t′^k)` in all directions while every image is encoded once.

    Args:
        pool: `InstantPool`.
        batch_size: Number of quads B in a batch (4 B images).
        seed: Seed of all random choices.
        augmentation: `Augmentation` ranges; nothing changes if None.
        min_time_gap: Smallest distance of t and t′ in instants of the sequence, so
            that neighbouring frames with the same pose are not taken as t′.
        first_batch: Number of the first batch, to resume where a run stopped.

    Returns:
        A `tf.data.Dataset` of dicts with `image` and `background` `[B, 4, S, S, 3]`
        uint8, and in float32 `rotation` `[B, 4, 3, 3]`, world -> virtual camera,
        `hand_center` `[B, 4, 2]` and `crop_scale` `[B, 4]`, see `ViewTable.read`.

    Raises:
        DatasetError: If no sequence has two instants with two views each.
        ValueError: If `min_time_gap` is no whole number from 1 on.

    Example:
        ```python
        dataset = quad_dataset(load_instants("prepared"), batch_size=8)
        model.fit(dataset, steps_per_epoch=100, epochs=10)
        ```
    """
    sampler = QuadSampler(pool, min_time_gap)
    table = ViewTable(pool, augmentation)

    def quads(batch):
        seeds = tf.unstack(tf.random.split(tf.stack([np.int64(seed), batch]), 2))
        views = sampler.sample(seeds[0], batch_size)
        return table.read(views, seeds[1])

    return (
        tf.data.Dataset.counter(first_batch)
        .map(quads, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        .prefetch(tf.data.AUTOTUNE)
    )


def fixed_quads(
    pool: InstantPool,
    count: int,
    batch_size: int,
    seed: int = 0,
    min_time_gap: int = 1,
) -> Any:
    """A finite dataset of `count` quads without augmentation, for evaluation.

    Args:
        pool: `InstantPool`.
        count: Number of quads.
        batch_size: Number of quads in a batch; the last one may be smaller.
        seed: Seed that decides which quads these are.
        min_time_gap: See `quad_dataset`.

    Returns:
        A `tf.data.Dataset` as `quad_dataset` gives.
    """
    views = QuadSampler(pool, min_time_gap).sample(
        tf.constant([seed, -1], tf.int64), count
    )
    table = ViewTable(pool)
    still = tf.constant([0, 0], tf.int64)
    return (
        tf.data.Dataset.from_tensor_slices(views)
        .batch(batch_size)
        .map(lambda chosen: table.read(chosen, still))
        .prefetch(tf.data.AUTOTUNE)
    )


class QuadSampler:
    """Samples the four view indices of quads uniformly over usable instants.

    Args:
        pool: `InstantPool`.
        min_time_gap: Smallest distance of t and t′ in instants of one sequence.

    Raises:
        DatasetError: If no instant has a partner.
        ValueError: If `min_time_gap` is no whole number from 1 on.
    """

    def __init__(self, pool: InstantPool, min_time_gap: int = 1) -> None:
        if min_time_gap < 1 or min_time_gap != int(min_time_gap):
            raise ValueError(
                "`min_time_gap` must be a whole number of instants, 1 or more. "
                f"Received: min_time_gap={min_time_gap}"
            )
        groups = _sequences_of_instants(pool)
        large = [group for group in groups if len(group) >= 2 * min_time_gap]
        large = [group for group in large if len(group) >= 2]
        if not large:
            raise DatasetError(
                "View synthesis needs a sequence with at least two instants seen by "
                f"two cameras, min_time_gap={min_time_gap} apart; the longest one "
                f"has {max(map(len, groups), default=0)} such instants"
            )
        sizes = np.array([len(group) for group in large], np.int32)
        self.gap = int(min_time_gap)
        self.instants = tf.constant(np.concatenate(large), tf.int32)
        self.start = tf.constant(np.repeat(np.cumsum(sizes) - sizes, sizes), tf.int32)
        self.length = tf.constant(np.repeat(sizes, sizes), tf.int32)
        self.views = tf.constant(pool.views)
        self.num_views = tf.constant(pool.num_views)

    def sample(self, seed: int, count: int) -> Any:
        """Samples `count` quads: `[count, 4]` int32 view indices."""
        seeds = tf.unstack(tf.random.split(seed, 4))
        position = tf.random.stateless_uniform(
            [count], seeds[0], 0, len(self.instants), tf.int32
        )
        start, length = (
            tf.gather(self.start, position),
            tf.gather(self.length, position),
        )
        # Around the sequence as a circle, at least `gap` away on both sides.
        choices = length - 2 * self.gap + 1
        step = self.gap + _below(seeds[1], choices)
        other = start + (position - start + step) % length
        return tf.concat(
            [
                self._two_views(tf.gather(self.instants, position), seeds[2]),
                self._two_views(tf.gather(self.instants, other), seeds[3]),
            ],
            axis=1,
        )

    def _two_views(self, instants, seed):
        seeds = tf.unstack(tf.random.split(seed, 2))
        available = tf.gather(self.num_views, instants)
        first = _below(seeds[0], available)
        second = (first + 1 + _below(seeds[1], available - 1)) % available
        slots = tf.stack([first, second], axis=1)
        return tf.gather(tf.gather(self.views, instants), slots, batch_dims=1)


def _below(seed, limits):
    """Uniform int32 in `[0, limit)` for each limit."""
    fraction = tf.random.stateless_uniform(tf.shape(limits), seed)
    sampled = tf.cast(fraction * tf.cast(limits, tf.float32), tf.int32)
    return tf.minimum(sampled, limits - 1)


def _sequences_of_instants(pool):
    """Instants with two views or more, grouped by sequence, subject and side."""
    usable = np.flatnonzero(pool.num_views >= 2)
    keys = list(zip(pool.sequences, pool.subjects, pool.mirrored))
    groups = {}
    for instant in usable[np.argsort(pool.frames[usable], kind="stable")]:
        groups.setdefault(keys[instant], []).append(instant)
    return list(groups.values())
