"""Latent points of a frozen encoder, computed once and reused by every budget."""

import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.pipelines import Augmentation, ViewTable

_BATCH = 256


def rolled_views(pool, views, copies=0, roll=45.0, seed=0):
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
    for _, chosen, image, rotation in rolled_views(pool, views, copies, roll, seed):
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


def cached_latents(path, encode, pool, views):
    """Latent points of views, from a file if it is there.

    The file is only valid for one encoder, pool and choice of views: it belongs
    into a folder that is cleared when these change.

    Args:
        path: `.npz` file.
        encode: Callable from `[B, S, S, 3]` images to `[B, N, 3]` latent points.
        pool: `InstantPool`.
        views: `[K]` indices of labelled views.

    Returns:
        `[K, N, 3]` float32 latent points.
    """
    path = Path(path)
    if not path.exists():
        latents, _ = encode_views(encode, pool, views)
        temporary = path.with_name(f"{path.stem}.{os.getpid()}.tmp.npz")
        np.savez(temporary, latent_3d=latents[0])
        os.replace(temporary, path)
    with np.load(path) as file:
        return file["latent_3d"]


def predict_rolled(model, pool, views, copies=0, roll=40.0):
    """Predicts poses, averaged over rolled copies of each image.

    Every copy's pose is turned back by its own roll before averaging; nothing
    but the image is needed.

    Args:
        model: Model of crops to poses, for example a `PoseEstimator`.
        pool: `InstantPool`.
        views: `[K]` indices of views.
        copies: Number of rolled copies beside the image itself.
        roll: Largest roll in degrees, either way.

    Returns:
        `[K, 21, 3]` float32 poses in mm, in the views' virtual cameras.
    """
    total = []
    for _, chosen, image, rotation in rolled_views(pool, views, copies, roll):
        poses = model.predict_on_batch({"image": image})
        # turn = rotation of the roll; row vectors are turned back by p @ turn.
        turn = rotation @ np.swapaxes(pool.rotations[chosen], -1, -2)
        total.append(poses @ turn)
    total = np.concatenate(total).reshape(copies + 1, len(views), -1, 3)
    return total.mean(0)
