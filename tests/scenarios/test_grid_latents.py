import keras
import numpy as np

from hand_geo_keras.scenarios.grid_latents import (
    cached_latents,
    encode_views,
    predict_rolled,
)
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


def test_cached_latents_are_not_computed_again(tmp_path):
    pool = make_pool()
    path = tmp_path / "latents.npz"
    first = cached_latents(path, first_pixels, pool, np.arange(5))
    again = cached_latents(path, None, pool, np.arange(5))
    np.testing.assert_array_equal(first, again)


class Rolling:
    """Predicts the rolled pose of the right view: the crop's red value says which."""

    def __init__(self, pool):
        self.pool = pool
        self.calls = []

    def predict_on_batch(self, inputs):
        self.calls.append(inputs["image"])
        return self.pool.poses(np.arange(len(inputs["image"])))


def test_unrolled_prediction_is_the_models_own():
    pool = make_pool()
    poses = predict_rolled(Rolling(pool), pool, np.arange(4))
    np.testing.assert_allclose(poses, pool.poses(np.arange(4)), atol=1e-4)


def test_rolled_predictions_are_turned_back(monkeypatch):
    """A model that follows every roll exactly is averaged to the pose itself."""
    pool = make_pool()
    views = np.arange(6)
    _, rolled = encode_views(first_pixels, pool, views, copies=3, roll=40)
    answers = iter(rolled)
    model = Rolling(pool)
    model.predict_on_batch = lambda inputs: next(answers)
    poses = predict_rolled(model, pool, views, copies=3, roll=40)
    np.testing.assert_allclose(poses, pool.poses(views), atol=1e-3)
