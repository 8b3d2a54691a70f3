"""Reads views of a pool inside a `tf.data` pipeline."""

from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines.augmentation import (
    Augmentation,
    look_through,
    random_colors,
    random_rotations,
)
from hand_geo_keras.pipelines.background_exchange import exchange_backgrounds


class ViewTable:
    """The views of an `InstantPool` as tensors, gathered and augmented in batches.

    Args:
        pool: `InstantPool` of M views.
        augmentation: `Augmentation` ranges; nothing changes if None.

    Raises:
        DatasetError: If a camera or a labelled joint is not finite; it names the
            instants.
    """

    def __init__(self, pool: InstantPool, augmentation: Any = None) -> None:
        _check_finite(pool)
        self.augmentation = augmentation or Augmentation()
        self.crop_size = pool.crop_size
        self.images, self.backgrounds = pool.images, pool.backgrounds
        # On the host, where pipelines run.
        with tf.device("CPU"):
            self.rotations = tf.convert_to_tensor(pool.rotations)
            self.focals = tf.convert_to_tensor(pool.focals)
            self.hand_points = tf.convert_to_tensor(_hand_points(pool))
            self.instant_of_view = tf.convert_to_tensor(pool.instant_of_view)
            relative = pool.joints - pool.joints[:, :1]
            self.relative_joints = tf.convert_to_tensor(relative)
            self.weights = tf.cast(pool.valid, tf.float32)

    def read(
        self, views: Any, seed: Any, with_background: bool = True
    ) -> dict[Any, Any]:
        """Gathers groups of views and augments them.

        Args:
            views: `[G, n]` int32 indices; the n views of a group share zoom and
                colours.
            seed: `[2]` int64 stateless seed.
            with_background: Whether backgrounds are needed.

        Returns:
            dict with `image` and `background` `[G, n, S, S, 3]` uint8; `rotation`
            `[G, n, 3, 3]` float32, world -> virtual camera; `hand_center`
            `[G, n, 2]` float32, where the instant's common point (see
            `InstantPool.hand_points`) lies in the crop, from the crop's centre and in
            halves of its side; and `crop_scale` `[G, n]` float32, the length of such
            a half in mm at that point's distance.
        """
        groups, members = tf.shape(views)[0], views.shape[1]
        flat = tf.reshape(views, [-1])
        focals = tf.gather(self.focals, flat)
        size, augmentation = self.crop_size, self.augmentation
        rotation_seed, color_seed = tf.unstack(tf.random.split(seed, 2))
        exchanges = augmentation.background > 0
        rotations, zooms = random_rotations(
            rotation_seed, groups, members, focals, size, augmentation
        )
        use_background = with_background or exchanges
        stacks = [self.images, self.backgrounds] if use_background else [self.images]
        images = [
            look_through(_rows(stack, flat), focals, rotations, zooms, size)
            for stack in stacks
        ]
        if exchanges:
            images = self._before_other_backgrounds(images, rotations, zooms, seed)
        shape = [groups, members, size, size, 3]
        images = [tf.reshape(image, shape) for image in images]
        if not with_background:
            images = images[:1]
        if augmentation.is_photometric:
            images = random_colors(images, color_seed, augmentation)
        rotation = rotations @ tf.gather(self.rotations, flat)
        center, scale = _place_of_hand(
            tf.linalg.matvec(rotations, tf.gather(self.hand_points, flat)),
            focals * zooms / (size / 2),
        )
        return {
            **dict(zip(("image", "background"), images)),
            "rotation": tf.reshape(rotation, [groups, members, 3, 3]),
            "hand_center": tf.reshape(center, [groups, members, 2]),
            "crop_scale": tf.reshape(scale, [groups, members]),
        }

    def hand_places(self, views: Any) -> tuple[Any, ...]:
        """Where hands are in crops that are not augmented, without reading images.

        Args:
            views: `[K]` int32 indices.

        Returns:
            `(hand_center [K, 2], crop_scale [K])` float32, as `read` gives them.
        """
        focals = tf.gather(self.focals, views) / (self.crop_size / 2)
        return _place_of_hand(tf.gather(self.hand_points, views), focals)

    def _before_other_backgrounds(self, images, rotations, zooms, seed):
        # Seeds of its own: without exchanges all else stays what it was.
        seeds = tf.unstack(tf.random.split(seed + 1, 2))
        others = tf.random.stateless_uniform(
            tf.shape(zooms), seeds[0], 0, len(self.backgrounds), tf.int32
        )
        others = look_through(
            _rows(self.backgrounds, others),
            tf.gather(self.focals, others),
            rotations,
            zooms,
            self.crop_size,
        )
        return exchange_backgrounds(
            *images, others, seeds[1], self.augmentation.background
        )

    def poses(self, views: Any, rotation: Any) -> tuple[Any, ...]:
        """Wrist-relative poses in (augmented) virtual cameras.

        Args:
            views: `[G, n]` int32 indices.
            rotation: `[G, n, 3, 3]` rotations that `read` returned.

        Returns:
            `(poses [G, n, 21, 3] float32 in mm, weights [G, n, 21] float32)`, the
            weights being 1 for labelled joints and 0 for others.
        """
        instants = tf.gather(self.instant_of_view, views)
        joints = tf.gather(self.relative_joints, instants)
        return (
            tf.matmul(joints, rotation, transpose_b=True),
            tf.gather(self.weights, instants),
        )


def _check_finite(pool):
    """One such number would spoil every weight of a model in a single step."""
    cameras = (pool.rotations, pool.translations, pool.focals[:, None])
    finite_views = [np.isfinite(a).reshape(len(a), -1).all(1) for a in cameras]
    bad = np.zeros(len(pool), bool)
    bad[pool.instant_of_view[~np.all(finite_views, axis=0)]] = True
    bad |= (~np.isfinite(pool.joints).all(-1) & pool.valid).any(-1)
    if bad.any():
        first = np.flatnonzero(bad)[:3]
        named = [f"{pool.sequences[i]!s} frame {pool.frames[i]}" for i in first]
        raise DatasetError(
            f"{bad.sum()} instants have a camera or a labelled joint that is not "
            f"finite; prepare them again without those. The first: {', '.join(named)}"
        )


def _rows(images, indices):
    """Rows `[M, S, S, 3]` of a numpy array, without a copy of it in TensorFlow.

    Images take gigabytes, and tf.data copies the tensors that its functions capture
    while it optimises them.
    """
    rows = tf.numpy_function(
        images.__getitem__, [indices], images.dtype, stateful=False
    )
    rows.set_shape([None, *images.shape[1:]])
    return rows


def _hand_points(pool):
    """`[M, 3]` float32: `InstantPool.hand_points` in each view's virtual camera."""
    points = pool.hand_points[pool.instant_of_view]
    in_view = (pool.rotations @ points[..., None])[..., 0] + pool.translations
    # A hand that is not located counts as centred, and equally large in all views.
    unknown = pool.focals[:, None] * np.float32([0, 0, 1])
    return np.where(np.isfinite(in_view).all(-1, keepdims=True), in_view, unknown)


def _place_of_hand(points, focals):
    """Points `[M, 3]` and focal lengths in half crops -> centers [M, 2], scales [M]."""
    scale = points[:, 2] / focals
    return points[:, :2] / scale[:, None], scale
