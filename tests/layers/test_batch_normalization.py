import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.layers import BatchNormalization


def features(*shape, seed=0):
    values = np.random.default_rng(seed).normal(size=shape)
    return (3.0 * values + np.arange(shape[-1])).astype("float32")


def pair(shape, **kwargs):
    """This layer and Keras', with equal weights that are not the initial ones."""
    both = [
        make(momentum=0.9, epsilon=1e-5, **kwargs)
        for make in (BatchNormalization, keras.layers.BatchNormalization)
    ]
    rng = np.random.default_rng(1)
    both[0].build((None, *shape[1:]))
    both[1].build((None, *shape[1:]))
    weights = [rng.uniform(0.5, 2.0, w.shape) for w in both[0].get_weights()]
    for layer in both:
        layer.set_weights(weights)
    return both


def outcome(layer, inputs, training, jit_compile=False):
    """Outputs, gradients of inputs and weights, and all weights after the call."""

    @tf.function(jit_compile=jit_compile)
    def step(inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=training)
            cubes = tf.reduce_mean(tf.cast(outputs, "float32") ** 3)
        weights = [weight.value for weight in layer.trainable_variables]
        return outputs, *tape.gradient(cubes, [inputs, *weights])

    return [np.asarray(value) for value in step(inputs)] + layer.get_weights()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("kwargs", [{}, {"scale": False}, {"center": False}])
def test_equals_keras(training, jit_compile, kwargs):
    inputs = tf.constant(features(4, 6, 5, 7))
    fused, plain = pair(inputs.shape, **kwargs)
    for ours, keras_own in zip(
        outcome(fused, inputs, training, jit_compile),
        outcome(plain, inputs, training),
        strict=True,
    ):
        np.testing.assert_allclose(ours, keras_own, rtol=1e-5, atol=1e-5)


def operations(layer, inputs, training=True):
    graph = tf.function(lambda x: layer(x, training=training)).get_concrete_function(
        inputs
    )
    return {operation.type for operation in graph.graph.get_operations()}


def test_feature_maps_are_normalised_by_the_fused_operation():
    fused, plain = pair((2, 4, 4, 16))
    inputs = tf.constant(features(2, 4, 4, 16))
    assert "FusedBatchNormV3" in operations(fused, inputs)
    assert "FusedBatchNormV3" not in operations(plain, inputs)


@pytest.mark.parametrize("shape", [(6, 4), (3, 5, 4)])
def test_other_ranks_equal_keras(shape):
    inputs = tf.constant(features(*shape))
    for ours, keras_own in zip(
        *[outcome(layer, inputs, True) for layer in pair(shape)], strict=True
    ):
        np.testing.assert_allclose(ours, keras_own, rtol=1e-5, atol=1e-5)


def test_other_axes_and_masks_equal_keras():
    inputs = tf.constant(features(3, 4, 5, 4))
    fused, plain = pair(inputs.shape, axis=1)
    np.testing.assert_allclose(
        fused(inputs, training=True), plain(inputs, training=True), atol=1e-5
    )
    mask = np.arange(60).reshape(3, 4, 5) % 3 > 0
    fused, plain = pair(inputs.shape)
    np.testing.assert_allclose(
        fused(inputs, training=True, mask=mask),
        plain(inputs, training=True, mask=mask),
        atol=1e-5,
    )


def test_one_value_has_no_variance():
    layer, _ = pair((1, 1, 1, 3))
    before = layer.moving_variance.numpy()
    layer(tf.constant(features(1, 1, 1, 3)), training=True)
    np.testing.assert_allclose(layer.moving_variance, 0.9 * before, rtol=1e-6)


def test_a_frozen_layer_keeps_its_statistics():
    inputs = tf.constant(features(2, 4, 4, 5))
    layer, plain = pair(inputs.shape)
    layer.trainable = plain.trainable = False
    before = layer.get_weights()
    np.testing.assert_allclose(
        layer(inputs, training=True), plain(inputs, training=True), atol=1e-5
    )
    np.testing.assert_array_equal(before, layer.get_weights())


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("channels", [16, 5])
def test_mixed_bfloat16_rounds_the_feature_maps_only(training, channels):
    inputs = tf.cast(features(4, 6, 6, channels), tf.bfloat16)
    layer, _ = pair(inputs.shape, dtype="mixed_bfloat16")
    _, exact = pair(inputs.shape)
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    outputs, *ours = outcome(layer, inputs, training)
    expected, *keras_own = outcome(exact, tf.cast(inputs, "float32"), training)
    assert outputs.dtype == tf.bfloat16.as_numpy_dtype
    np.testing.assert_allclose(outputs.astype("float32"), expected, rtol=0.01)
    for value, reference in zip(ours, keras_own, strict=True):
        scale = np.abs(reference).max()
        np.testing.assert_allclose(
            value.astype("float32") / scale, reference / scale, atol=0.02
        )
    # Moving statistics know nothing of bfloat16.
    np.testing.assert_allclose(ours[-1], keras_own[-1], rtol=1e-5)
    np.testing.assert_allclose(ours[-2], keras_own[-2], rtol=1e-5)


def test_bfloat16_is_normalised_where_its_kernel_is_fast():
    def dtypes(channels):
        layer, _ = pair((2, 4, 4, channels), dtype="mixed_bfloat16")
        inputs = tf.zeros((2, 4, 4, channels), tf.bfloat16)
        graph = tf.function(lambda x: layer(x)).get_concrete_function(inputs).graph
        return {
            operation.inputs[0].dtype
            for operation in graph.get_operations()
            if operation.type == "FusedBatchNormV3"
        }

    assert dtypes(32) == {tf.bfloat16}
    assert dtypes(24) == {tf.float32}


def test_weights_saved_with_keras_own_layer_load(tmp_path):
    def network(norm):
        inputs = keras.Input((4, 4, 3))
        return keras.Model(inputs, norm()(keras.layers.Conv2D(5, 3)(inputs)))

    plain, fused = network(keras.layers.BatchNormalization), network(BatchNormalization)
    images = features(4, 4, 4, 3)
    plain.compile("sgd", "mse")
    plain.fit(images, features(4, 2, 2, 5), verbose=0)
    plain.save_weights(tmp_path / "plain.weights.h5")
    fused.load_weights(tmp_path / "plain.weights.h5")
    np.testing.assert_allclose(
        fused(images), plain(images, training=False), rtol=1e-5, atol=1e-5
    )
    plain.save(tmp_path / "plain.keras")
    reloaded = keras.saving.load_model(tmp_path / "plain.keras")
    assert type(reloaded.layers[-1]) is keras.layers.BatchNormalization
