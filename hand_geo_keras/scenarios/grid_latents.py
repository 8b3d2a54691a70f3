"""Latent points of a frozen encoder, computed once and reused by every budget."""

import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.pipelines import Augmentation, ViewTable

_BATCH = 256


def _rolled_views(pool, views, copies=0, roll=45.0, seed=0):
    """Reads views as they are, then copies of them rolled in their image planes.

    Args:
        pool: `InstantPool`.
        views: `[K]` indices of labelled views.
        copies: Number of rolled copies C.
        roll: Largest roll in degrees, either way.
        seed: Seed of the rolls.

    Yields:
        `(copy, views [B], image [B, S, S, 3] uint8, rotation [B, 3, 3])`, copy 0
        being the views as they are; `rotation` is world -> (rolled) virtual camera.
    """
    tables = [ViewTable(pool)]
    if copies:
        tables.append(ViewTable(pool, Augmentation(roll=roll)))
    for copy in range(copies + 1):
        for start in range(0, len(views), _BATCH):
            chosen = np.asarray(views[start : start + _BATCH], np.int32)
            batch_seed = tf.constant([seed, copy * len(views) + start], tf.int64)
            batch = tables[min(copy, 1)].read(chosen[:, None], batch_seed, False)
            yield copy, chosen, batch["image"][:, 0], batch["rotation"][:, 0].numpy()


def encode_views(encode, pool, views, copies=0, roll=45.0, seed=0):
    """Latent points of views and of rolled copies of them.

    Args:
        encode: Callable from `[B, S, S, 3]` images to `[B, N, 3]` latent points.
        pool: `InstantPool`.
        views: `[K]` indices of labelled views.
        copies: Number of rolled copies C.
        roll: Largest roll in degrees, either way.
        seed: Seed of the rolls.

    Returns:
        `(latent_3d [C + 1, K, N, 3], poses [C + 1, K, 21, 3])` float32; poses in mm,
        wrist-relative, in the (rolled) virtual cameras.
    """
    latents, poses = [], []
    for _, chosen, image, rotation in _rolled_views(pool, views, copies, roll, seed):
        latents.append(keras.ops.convert_to_numpy(encode(image)))
        joints = pool.joints[pool.instant_of_view[chosen]]
        relative = joints - joints[:, :1]
        poses.append(relative @ np.swapaxes(rotation, -1, -2))
    shape = (copies + 1, len(views))
    latents = np.concatenate(latents)
    poses = np.concatenate(poses)
    return (
        latents.reshape(*shape, *latents.shape[1:]),
        poses.reshape(*shape, *poses.shape[1:]),
    )


def cached(path, compute):
    """An array from a file, which is written first if it is not there.

    The file belongs into a folder that is cleared when the array would change.

    Args:
        path: `.npy` file.
        compute: Callable without arguments that returns the array.

    Returns:
        numpy array.
    """
    path = Path(path)
    if not path.exists():
        temporary = path.with_name(f"{path.stem}.{os.getpid()}.tmp.npy")
        np.save(temporary, compute())
        os.replace(temporary, path)
    return np.load(path)
