import numpy as np
import pytest

from hand_geo_keras.losses.foreground import foreground_mask, foreground_weights


def scene():
    background = np.full((1, 32, 32, 3), 90, "uint8")
    image = background.copy()
    image[0, 8:24, 10:22] = 200
    return image, background


def test_mask_is_the_thing_that_is_not_in_the_background():
    mask = np.asarray(foreground_mask(*scene()))[0, :, :, 0]
    assert mask[10:22, 12:20].all()
    assert not mask[:5].any()
    assert not mask[:, 26:].any()


def test_noise_is_no_foreground():
    _, background = scene()
    noise = np.random.default_rng(0).normal(0, 5, background.shape)
    assert not np.any(foreground_mask(background, background + noise))


def test_weights_have_mean_one_and_the_asked_ratio():
    weights = np.asarray(foreground_weights(foreground_mask(*scene()), 7.0))
    assert weights.mean() == pytest.approx(1.0, rel=1e-5)
    assert weights.max() / weights.min() == pytest.approx(7.0, rel=1e-5)


def test_without_foreground_all_weights_are_one():
    _, background = scene()
    mask = foreground_mask(background, background)
    np.testing.assert_allclose(foreground_weights(mask, 7.0), np.ones((1, 32, 32, 1)))


def test_every_image_counts_alike_however_large_its_hand():
    mask = np.zeros((2, 8, 8, 1), "float32")
    mask[0, :2], mask[1, :6] = 1, 1
    weights = np.asarray(foreground_weights(mask, 7.0))
    np.testing.assert_allclose(weights.mean((1, 2, 3)), [1, 1], rtol=1e-5)
