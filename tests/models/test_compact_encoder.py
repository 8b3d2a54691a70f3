import numpy as np
import pytest

from hand_geo_keras.models import CompactEncoder
from tests import zoo


def test_small_and_correctly_shaped():
    encoder = CompactEncoder(64)
    assert encoder.count_params() < 1e6
    codes = encoder(np.zeros((2, 64, 64, 3), "float32"))
    assert codes["latent_3d"].shape == (2, 100, 3)
    assert codes["appearance"].shape == (2, 16)


def test_every_pixel_matters():
    encoder = zoo.compact_encoder()
    image = np.zeros((1, 16, 16, 3), "float32")
    empty = encoder(image)["latent_3d"]
    for row, column in ((0, 0), (15, 15), (7, 8)):
        touched = image.copy()
        touched[0, row, column] = 5.0
        assert np.abs(encoder(touched)["latent_3d"] - empty).max() > 1e-6


def test_points_lie_in_the_crop():
    encoder = CompactEncoder(64)
    points = encoder(50 * np.random.default_rng(0).normal(size=(4, 64, 64, 3)))
    assert np.abs(points["latent_3d"][..., :2]).max() < 1.2


def test_image_size_is_checked():
    with pytest.raises(ValueError, match="multiple of 16"):
        CompactEncoder(72)
