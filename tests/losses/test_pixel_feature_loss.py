import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.losses import PixelFeatureLoss
from tests import zoo


def images(seed, count=4):
    shape = (count, 16, 16, 3)
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_pixel_term_is_the_mean_absolute_difference_per_sample():
    loss = PixelFeatureLoss(feature_weight=0.0, reduction="none")
    expected = np.abs(images(0) - images(1)).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(loss(images(0), images(1)), expected, rtol=1e-5)


def test_terms_add_up_with_the_weights_of_the_reference():
    features = zoo.random_features()
    loss = PixelFeatureLoss(features, reduction="none")
    pixel = np.abs(images(0) - images(1)).mean(axis=(1, 2, 3))
    distances = [
        np.abs(np.asarray(a) - np.asarray(b)).mean(axis=(1, 2, 3))
        for a, b in zip(features(images(0)), features(images(1)))
    ]
    expected = pixel + 2.0 * np.mean(distances, axis=0)
    np.testing.assert_allclose(loss(images(0), images(1)), expected, rtol=1e-4)


def test_network_belongs_to_no_model_and_gets_no_gradient():
    model = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", loss=PixelFeatureLoss(zoo.random_features()))
    model.train_on_batch(images(0), images(1))
    assert len(model.weights) == 2
    assert zoo.random_features().network.trainable_variables == []


def test_gradient_reaches_the_prediction_through_the_features_only():
    loss = PixelFeatureLoss(zoo.random_features(), pixel_weight=0.0)
    target, prediction = tf.constant(images(0)), tf.constant(images(1))
    with tf.GradientTape() as tape:
        tape.watch([target, prediction])
        value = loss(target, prediction)
    to_target, to_prediction = tape.gradient(value, [target, prediction])
    assert to_target is None
    assert np.abs(to_prediction).max() > 0


@pytest.mark.parametrize("axis", [1, 2])
def test_differences_are_taken_along_both_axes(axis):
    target = np.zeros((1, 8, 8, 3), "float32")
    ramp = np.arange(8.0, dtype="float32").reshape(
        [-1 if i == axis else 1 for i in range(4)]
    )
    loss = PixelFeatureLoss(feature_weight=0.0, pixel_weight=0.0, gradient_weight=1.0)
    # One per pixel along its axis, none across.
    assert float(loss(target, target + ramp)) == pytest.approx(1.0)


def test_foreground_weight_favours_errors_on_the_hand():
    background = np.zeros((1, 16, 16, 3), "float32")
    image = background.copy()
    image[:, 4:12, 4:12] = 2.0
    on_hand, beside = image.copy(), image.copy()
    on_hand[:, 6:8, 6:8] += 1.0
    beside[:, :2, :2] += 1.0
    loss = PixelFeatureLoss(feature_weight=0.0, foreground_weight=7.0)
    target = {"image": image, "background": background}
    ratio = float(loss(target, on_hand)) / float(loss(target, beside))
    assert ratio == pytest.approx(7.0, rel=1e-4)
    assert float(loss(target, image + 1.0)) == pytest.approx(1.0, rel=1e-4)


def test_foreground_weight_needs_a_background():
    loss = PixelFeatureLoss(feature_weight=0.0, foreground_weight=7.0)
    with pytest.raises(ValueError, match=r"foreground_weight=7\.0"):
        loss(images(0), images(1))


def test_every_second_image_gives_the_mean_of_these_images():
    target, prediction = images(0, 6), images(1, 6)
    features = zoo.random_features()
    half = PixelFeatureLoss(features, pixel_weight=0.0, feature_every=2)
    full = PixelFeatureLoss(features, pixel_weight=0.0)
    assert float(half(target, prediction)) == pytest.approx(
        float(full(target[::2], prediction[::2])), rel=1e-5
    )
    assert half.call(tf.constant(target[:5]), tf.constant(prediction[:5])).shape == (5,)


def test_description_says_which_features_were_used():
    assert "random" in PixelFeatureLoss(zoo.random_features()).description
    assert "pixels only" in PixelFeatureLoss(feature_weight=0.0).description
