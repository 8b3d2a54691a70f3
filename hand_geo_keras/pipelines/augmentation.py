"""Random rotations of the virtual camera, of image, background, R and pose alike."""

import dataclasses
import functools
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from hand_geo_keras.geometry.rotations import looking_along, roll_matrix


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """What is changed at random; the default changes nothing.

    Args:
        roll: In-plane rotation, uniform in ±roll degrees, sampled for each image.
        shift: The virtual camera rotates aside by up to this fraction of the crop's
            side, horizontally and vertically, sampled for each image.
        zoom: Change of scale, uniform in ±zoom in natural logarithm, one for all
            images of a quad.
        brightness: Added to all pixels, uniform in ±brightness of 255, one for all
            images of a quad, as the following two.
        contrast: Gain about mid-grey, uniform in 1 ± contrast.
        color: Gain of each colour channel, uniform in 1 ± color.
        background: Fraction of the images whose hand is put before another view's
            background, see `exchange_backgrounds`, sampled for each image.

    Reference:
        Rolls as in Müller et al., ICIP 2020, sec. 2.2; the range is not given
        there, the code of the body-pose ancestor uses up to ±30 degrees.
    """

    roll: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    color: float = 0.0
    background: float = 0.0

    @property
    def is_photometric(self) -> bool:
        """Whether pixel values change apart from resampling."""
        return any((self.brightness, self.contrast, self.color))


def look_through(
    images: Any, focals: Any, rotations: Any, zooms: Any, size: int
) -> Any:
    """Resamples stored crops through rotated and zoomed virtual cameras.

    Args:
        images: `[M, S, S, C]` crops with context, principal point at the centre.
        focals: `[M]` float32 focal lengths of the stored crops in pixels.
        rotations: `[M, 3, 3]` float32 rotations from each stored virtual camera to the
            new one.
        zooms: `[M]` float32 factors of the focal length.
        size: Side of the new crops in pixels.

    Returns:
        `[M, size, size, C]` crops of the inputs' dtype; the border is repeated
        where the stored crop ends.
    """
    stored = _intrinsics(focals, tf.shape(images)[1])
    new = _intrinsics(focals * zooms, size)
    # Output pixel -> stored pixel.
    backward = stored @ tf.linalg.matrix_transpose(rotations) @ tf.linalg.inv(new)
    seen = _called(functools.partial(_warp, size=size), images, backward)
    seen.set_shape([None, size, size, images.shape[-1]])
    return seen


def _warp(images, backward, size):
    """`[M, size, size, C]`; several times as fast as TensorFlow's own operation."""
    seen = np.empty((len(images), size, size, images.shape[-1]), images.dtype)
    for crop, image, matrix in zip(seen, images, backward):
        cv2.warpPerspective(
            image,
            matrix,
            (size, size),
            dst=crop,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return seen


def random_rotations(
    seed: Any, groups: Any, members: Any, focals: Any, size: int, augmentation: Any
) -> tuple[Any, ...]:
    """Samples rotations for each image and zooms for each group.

    Args:
        seed: `[2]` int64 stateless seed.
        groups: Number of groups, for example quads.
        members: Images per group.
        focals: `[groups * members]` float32 focal lengths in pixels.
        size: Side of the crops in pixels.
        augmentation: `Augmentation` ranges.

    Returns:
        `(rotations [groups * members, 3, 3], zooms [groups * members])`, float32.
    """
    seeds = tf.unstack(tf.random.split(seed, 3))
    count = groups * members
    roll = _uniform(seeds[0], [count], augmentation.roll * 3.14159265 / 180)
    shift = _uniform(seeds[1], [2, count], augmentation.shift * size) / focals
    zoom = tf.exp(_uniform(seeds[2], [groups], augmentation.zoom))
    ray = tf.stack([shift[0], shift[1], tf.ones_like(roll)], axis=-1)
    rotations = roll_matrix(roll, tf) @ looking_along(ray, tf)
    return rotations, tf.repeat(zoom, members)


def random_colors(images: Any, seed: Any, augmentation: Any) -> list[Any]:
    """Changes brightness, contrast and colour, alike within each group.

    Args:
        images: List of `[G, n, S, S, 3]` uint8 tensors that change alike, for
            example images and backgrounds of G quads.
        seed: `[2]` int64 stateless seed.
        augmentation: `Augmentation` ranges.

    Returns:
        List of tensors of the inputs' shapes and dtype.
    """
    groups = tf.shape(images[0])[0]
    seeds = tf.unstack(tf.random.split(seed, 3))
    shift = 255 * _uniform(seeds[0], [groups, 1, 1], augmentation.brightness)
    contrast = 1 + _uniform(seeds[1], [groups, 1, 1], augmentation.contrast)
    color = 1 + _uniform(seeds[2], [groups, 1, 3], augmentation.color)
    levels = tf.range(256, dtype=tf.float32)[:, None] * contrast * color
    levels += 127.5 * (1 - contrast) + shift
    tables = tf.cast(tf.round(tf.clip_by_value(levels, 0, 255)), tf.uint8)
    changed = [_called(_look_up, image, tables) for image in images]
    for after, before in zip(changed, images):
        after.set_shape(before.shape)
    return changed


def _look_up(images, tables):
    """Images `[G, n, S, S, 3]` with the levels of `tables` `[G, 256, 3]`."""
    changed = np.empty_like(images)
    rows = (-1, *images.shape[-2:])
    for group, table, out in zip(images, tables, changed):
        cv2.LUT(group.reshape(rows), table[None], dst=out.reshape(rows))
    return changed


def _called(function, images, values):
    """A function of arrays inside a pipeline; the result has the images' dtype."""
    return tf.numpy_function(function, [images, values], images.dtype, stateful=False)


def _uniform(seed, shape, extent):
    return tf.random.stateless_uniform(shape, seed, -extent, extent, tf.float32)


def _intrinsics(focals, size):
    centre = (tf.cast(size, tf.float32) - 1) / 2 * tf.ones_like(focals)
    zero, one = tf.zeros_like(focals), tf.ones_like(focals)
    rows = [[focals, zero, centre], [zero, focals, centre], [zero, zero, one]]
    return tf.stack([tf.stack(row, -1) for row in rows], -2)
