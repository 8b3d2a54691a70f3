import keras
import numpy as np

from hand_geo_keras.scenarios.grid_latents import cached, encode_views
from hand_geo_keras.scenarios.hand_region import central_crops
from tests.pool import make_pool


def first_pixels(images):
    """Stands in for an encoder: a picture's first twelve numbers, as points."""
    return keras.ops.reshape(keras.ops.cast(images, "float32"), (len(images), -1, 3))[
        :, :4
    ]


def test_copies_start_with_the_views_as_they_are():
    pool = make_pool()
    views = np.array([3, 0, 7])
    latents, poses = encode_views(first_pixels, pool, views, copies=2, roll=30)
    assert latents.shape == (3, 3, 4, 3) and poses.shape == (3, 3, 21, 3)
    images = central_crops(pool.images, pool.crop_size)[views]
    np.testing.assert_array_equal(latents[0], first_pixels(images))
    np.testing.assert_allclose(poses[0], pool.poses(views), atol=1e-4)


def test_rolled_poses_turn_about_the_optical_axis():
    pool = make_pool()
    _, poses = encode_views(first_pixels, pool, np.arange(6), copies=3, roll=30)
    np.testing.assert_allclose(
        poses[1:, ..., 2], np.broadcast_to(poses[0, ..., 2], (3, 6, 21)), atol=1e-3
    )
    first = np.arctan2(poses[0, :, 5, 1], poses[0, :, 5, 0])
    turned = np.arctan2(poses[1:, :, 5, 1], poses[1:, :, 5, 0]) - first
    degrees = np.abs((np.degrees(turned) + 180) % 360 - 180)
    assert 1 < degrees.max() <= 30.01
    assert len(np.unique(degrees.round(2))) > 12


def test_a_cached_array_is_not_computed_again(tmp_path):
    path = tmp_path / "latents.npy"
    first = cached(path, lambda: np.arange(5.0))
    again = cached(path, None)
    np.testing.assert_array_equal(first, again)
