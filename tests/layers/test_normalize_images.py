import numpy as np
import pytest

from hand_geo_keras.layers import NormalizeImages, denormalize_images


def test_black_and_white_as_torchvision_normalises_them():
    image = np.zeros((1, 2, 2, 3), "uint8")
    image[:, 1] = 255
    normalized = np.asarray(NormalizeImages()(image))
    np.testing.assert_allclose(
        normalized[0, 0, 0], [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225], rtol=1e-5
    )
    np.testing.assert_allclose(
        normalized[0, 1, 0], [0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225], rtol=1e-5
    )


def test_every_grey_level_survives_the_round_trip():
    levels = np.arange(256, dtype="uint8").reshape(1, 16, 16, 1).repeat(3, axis=-1)
    back = np.asarray(denormalize_images(NormalizeImages()(levels)))
    np.testing.assert_array_equal(np.round(back), levels)


def test_uint8_and_float_images_agree():
    image = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 4, 3))
    layer = NormalizeImages()
    np.testing.assert_array_equal(
        layer(image.astype("uint8")), layer(image.astype("float32"))
    )


@pytest.mark.parametrize("value, shown", [(100.0, 255.0), (-100.0, 0.0)])
def test_displayable_range_is_kept(value, shown):
    assert np.all(np.asarray(denormalize_images(np.full((1, 1, 1, 3), value))) == shown)
