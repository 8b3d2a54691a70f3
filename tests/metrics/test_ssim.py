import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.metrics import SSIM
from tests import zoo


def test_identical_images_are_one():
    assert float(SSIM()(zoo.images(3), zoo.images(3))) == pytest.approx(1.0)


def test_weights_choose_images():
    first, second = zoo.images(3), zoo.images(3, seed=1)
    second[0] = first[0]
    assert float(SSIM()(first, second, np.array([1.0, 0, 0]))) == pytest.approx(1.0)
    expected = np.mean(tf.image.ssim(first, second, 255))
    assert float(SSIM()(first, second)) == pytest.approx(expected, rel=1e-4)


def test_weights_that_would_meet_other_axes_are_refused():
    with pytest.raises(ValueError, match=r"shape \[B\]. Received.*\(3, 1\)"):
        SSIM()(zoo.images(3), zoo.images(3), np.ones((3, 1)))
