import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.metrics import PSNR
from tests import zoo


def test_equals_tensorflows_mean_over_images():
    first, second = zoo.images(5), zoo.images(5, seed=1)
    second[:2] = first[:2] // 2
    expected = np.mean(tf.image.psnr(first, second, 255))
    assert float(PSNR()(first, second)) == pytest.approx(expected, rel=1e-5)


def test_mask_restricts_it_to_a_region():
    image = np.zeros((2, 8, 8, 3), "float32")
    other = image.copy()
    other[:, :4] = 255.0
    mask = np.zeros((2, 8, 8, 1), "float32")
    mask[0, 4:] = 1.0
    assert float(PSNR()(image, other, mask)) == pytest.approx(100.0)
    mask[0, 3] = 1.0
    value = float(PSNR()(image, other, mask))
    assert value == pytest.approx(10 * np.log10(5.0), rel=1e-5)


def test_images_without_a_region_do_not_count():
    image = np.zeros((2, 8, 8, 3), "float32")
    mask = np.zeros((2, 8, 8, 1), "float32")
    mask[1] = 1.0
    other = image + np.array([200.0, 25.5]).reshape(2, 1, 1, 1)
    assert float(PSNR()(image, other, mask)) == pytest.approx(20.0, rel=1e-5)


def test_what_lies_outside_of_the_mask_may_be_anything():
    image = np.zeros((1, 8, 8, 3), "float32")
    other = image + 25.5
    other[:, 4:] = np.nan
    mask = np.ones((1, 8, 8, 1), "float32")
    mask[:, 4:] = 0.0
    assert float(PSNR()(image, other, mask)) == pytest.approx(20.0, rel=1e-5)


@pytest.mark.parametrize("shape", [(3,), (8, 8, 8), (3, 8, 8, 3)])
def test_weights_that_would_meet_other_axes_are_refused(shape):
    images = np.zeros((3, 8, 8, 3), "float32")
    with pytest.raises(ValueError, match=r"shape \[B, H, W, 1\]. Received"):
        PSNR()(images, images, np.ones(shape))
