"""Tests that the faster gradient is that of Keras' layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.layers import Dense


def outputs_and_gradients(layer, inputs):
    """Outputs, and gradients of a curved function of them by inputs and weights."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
        total = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 3)
    weights = [variable.value for variable in layer.trainable_variables]
    return outputs, *tape.gradient(total, [inputs, *weights])


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("options", [{}, {"use_bias": False, "activation": "tanh"}])
@pytest.mark.parametrize("shape", [(4, 70), (2, 3, 70)])
def test_it_is_a_dense_layer(dtype, options, shape):
    inputs = tf.constant(np.random.default_rng(0).normal(size=shape), tf.float32)
    ours = Dense(9, dtype=dtype, **options)
    theirs = keras.layers.Dense(9, dtype=dtype, **options)
    for layer in (ours, theirs):
        layer.build(inputs.shape)
    theirs.set_weights(ours.get_weights())
    tolerance = 1e-5 if dtype == "float32" else 2e-2
    for mine, expected in zip(
        outputs_and_gradients(ours, inputs), outputs_and_gradients(theirs, inputs)
    ):
        assert mine.dtype == expected.dtype
        mine, expected = (np.float64(tf.cast(x, tf.float32)) for x in (mine, expected))
        error = np.linalg.norm(mine - expected) / np.linalg.norm(expected)
        assert error < tolerance


def test_no_product_takes_a_transposed_kernel():
    layer = Dense(3)
    layer.build((4, 70))

    @tf.function
    def by_inputs(inputs):
        return tf.gradients(layer(inputs), inputs)

    graph = by_inputs.get_concrete_function(tf.TensorSpec((4, 70))).graph
    products = [op for op in graph.get_operations() if op.type == "MatMul"]
    assert len(products) >= 2  # forwards and backwards
    for product in products:
        second = product.inputs[1].shape == (70, 3)
        assert not (second and product.get_attr("transpose_b"))


@pytest.mark.parametrize("kind", ["int64", "uint8", "float16", "sparse"])
def test_other_inputs_are_left_to_keras(kind):
    values = np.random.default_rng(0).integers(0, 9, (4, 7))
    inputs = tf.constant(values, "float32" if kind == "sparse" else kind)
    inputs = tf.sparse.from_dense(inputs) if kind == "sparse" else inputs
    ours, theirs = Dense(3, autocast=False), keras.layers.Dense(3, autocast=False)
    ours.build((4, 7))
    theirs.build((4, 7))
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(inputs), theirs(inputs), rtol=1e-5)
