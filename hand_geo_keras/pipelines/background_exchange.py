"""Hands before other backgrounds, cut out where a crop differs from its own."""

from typing import Any

import tensorflow as tf

from hand_geo_keras.losses.foreground import foreground_mask


def exchange_backgrounds(
    images: Any, backgrounds: Any, others: Any, seed: Any, probability: float
) -> tuple[Any, ...]:
    """Puts the hands of some crops before other backgrounds.

    What differs from the crop's own background is kept, with a soft edge, so that
    neither a matte nor a label is needed. A rig's few static backgrounds are
    otherwise soon known by heart, and those of other rooms are then taken for hands.

    Args:
        images: `[M, S, S, 3]` uint8 crops.
        backgrounds: `[M, S, S, 3]` uint8 backgrounds of the same crops.
        others: `[M, S, S, 3]` uint8 crops without hands.
        seed: `[2]` int64 stateless seed.
        probability: Fraction of crops that are changed.

    Returns:
        `(images, backgrounds)` of the inputs' shapes and dtype; both of a crop change
        or none.
    """
    sampled = tf.random.stateless_uniform([tf.shape(images)[0], 1, 1, 1], seed)
    chosen = sampled < probability
    hand = tf.nn.avg_pool2d(foreground_mask(images, backgrounds), 3, 1, "SAME")
    mixed = hand * tf.cast(images, tf.float32) + (1 - hand) * tf.cast(
        others, tf.float32
    )
    mixed = tf.cast(tf.round(mixed), images.dtype)
    return (
        tf.where(chosen, mixed, images),
        tf.where(chosen, others, backgrounds),
    )
