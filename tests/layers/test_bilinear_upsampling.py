import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.layers import BilinearUpsampling


def features(height, width):
    return np.random.default_rng(0).normal(size=(2, height, width, 3)).astype("float32")


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (2, 7)])
def test_aligned_corners_equal_tensorflows_own(shape):
    maps = features(*shape)
    size = [2 * shape[0], 2 * shape[1]]
    expected = tf.raw_ops.ResizeBilinear(images=maps, size=size, align_corners=True)
    np.testing.assert_allclose(BilinearUpsampling()(maps), expected, atol=1e-5)


def test_half_pixel_centres_equal_keras():
    maps = features(4, 6)
    np.testing.assert_allclose(
        BilinearUpsampling(align_corners=False)(maps),
        keras.layers.UpSampling2D(interpolation="bilinear")(maps),
        atol=1e-5,
    )


def test_corners_stay_and_a_ramp_stays_a_ramp():
    ramp = np.linspace(0.0, 3.0, 4, dtype="float32").reshape(1, 1, 4, 1)
    doubled = np.asarray(BilinearUpsampling()(ramp))[0, 0, :, 0]
    np.testing.assert_allclose(doubled, np.linspace(0.0, 3.0, 8), atol=1e-6)


def test_whole_numbers_are_interpolated_too():
    maps = np.arange(12, dtype="uint8").reshape(1, 2, 2, 3)
    doubled = BilinearUpsampling()(maps)
    np.testing.assert_allclose(doubled, BilinearUpsampling()(maps.astype("float32")))
