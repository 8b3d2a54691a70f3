import types

import keras
import numpy as np

from hand_geo_keras.training.rolled_latents import encode_rolled
from tests.pool import make_pool


def first_pixels(images):
    """Stands in for an encoder: an image's first twelve numbers, as points."""
    flat = keras.ops.reshape(keras.ops.cast(images, "float32"), (len(images), -1, 3))
    return {"latent_3d": flat[:, :4]}


SYNTHESIZER = types.SimpleNamespace(encode=first_pixels)


def test_rolled_poses_rotate_about_the_optical_axis():
    pool, views = make_pool(), np.arange(6)
    latents, poses = encode_rolled(SYNTHESIZER, pool, views, copies=3, roll=30, seed=0)
    assert latents.shape == (18, 4, 3)
    poses, still = poses.reshape(3, 6, 21, 3), pool.poses(views)
    np.testing.assert_allclose(
        poses[..., 2], np.broadcast_to(still[..., 2], (3, 6, 21)), atol=1e-3
    )
    first = np.arctan2(still[:, 5, 1], still[:, 5, 0])
    rotated = np.arctan2(poses[..., 5, 1], poses[..., 5, 0]) - first
    degrees = np.abs((np.degrees(rotated) + 180) % 360 - 180)
    assert 1 < degrees.max() <= 30.01
    assert len(np.unique(degrees.round(2))) > 12
