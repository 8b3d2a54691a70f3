"""Latent points and poses of images that are rolled in their image planes."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer
from hand_geo_keras.pipelines import Augmentation, ViewTable

_BATCH = 256


def encode_rolled(
    synthesizer: ViewSynthesizer,
    pool: InstantPool,
    views: np.ndarray,
    copies: int,
    roll: float,
    seed: int,
) -> tuple[Any, ...]:
    """Encodes randomly rolled copies of views, whose poses are rolled alike.

    Args:
        synthesizer: `ViewSynthesizer`.
        pool: `InstantPool`.
        views: `[K]` indices of labelled views.
        copies: Number of copies C of each view.
        roll: Largest roll in degrees, either way.
        seed: Seed of the rolls.

    Returns:
        `(latent_3d [C K, N, 3], poses [C K, 21, 3])` float32, copy by copy; poses in
        mm, wrist-relative, in the rolled virtual cameras.
    """
    table = ViewTable(pool, Augmentation(roll=roll))
    latents, poses = [], []
    for copy in range(1, copies + 1):
        for start in range(0, len(views), _BATCH):
            chosen = np.asarray(views[start : start + _BATCH], np.int32)
            batch_seed = tf.constant([seed, copy * len(views) + start], tf.int64)
            batch = table.read(chosen[:, None], batch_seed, False)
            codes = synthesizer.encode(batch["image"][:, 0])
            latents.append(keras.ops.convert_to_numpy(codes["latent_3d"]))
            joints = pool.joints[pool.instant_of_view[chosen]]
            rotation = batch["rotation"][:, 0].numpy()
            relative = joints - joints[:, :1]
            poses.append(relative @ np.swapaxes(rotation, -1, -2))
    return np.concatenate(latents), np.concatenate(poses)
