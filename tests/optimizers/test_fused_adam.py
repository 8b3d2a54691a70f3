"""Tests of updates by one operation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.optimizers.conv_muon import ConvMuon
from hand_geo_keras.optimizers.fused_adam import FusedAdam, FusedAdamW
from hand_geo_keras.optimizers.two_rate_adam import TwoRateAdam

GRADIENTS = np.random.default_rng(0).normal(size=(5, 2, 3)).astype(np.float32)


def trained(optimizer, steps=GRADIENTS):
    """`[2, 3]` variable after some steps, in a graph."""
    variable = keras.Variable(np.ones((2, 3), np.float32))
    optimizer.build([variable])
    apply = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    for gradient in steps:
        apply(tf.convert_to_tensor(gradient))
    return np.asarray(variable)


def by_hand(rate, beta1=0.9, beta2=0.999, epsilon=1e-7, decay=0.0):
    """Algorithm 1 of Kingma and Ba, in the order of their section 2."""
    x, m, v = np.ones((2, 3)), 0.0, 0.0
    for t, g in enumerate(GRADIENTS.astype(np.float64), start=1):
        x = x * (1 - decay * rate)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        step = rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        x = x - step * m / (np.sqrt(v) + epsilon)
    return x


def test_it_is_adam():
    np.testing.assert_allclose(trained(FusedAdam(0.1)), by_hand(0.1), rtol=1e-5)
    odd = {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}
    np.testing.assert_allclose(
        trained(FusedAdam(0.1, **odd)), by_hand(0.1, 0.5, 0.9, 1e-3), rtol=1e-5
    )


def test_it_is_adam_with_decoupled_decay():
    fused = trained(FusedAdamW(0.1, weight_decay=0.2))
    np.testing.assert_allclose(fused, by_hand(0.1, decay=0.2), rtol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"learning_rate": keras.optimizers.schedules.CosineDecay(0.3, 4)},
        {"learning_rate": 0.1, "global_clipnorm": 0.5},
        {"learning_rate": 0.1, "amsgrad": True},
        {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.5},
    ],
)
def test_options_are_those_of_keras(arguments):
    expected = trained(keras.optimizers.Adam(**arguments))
    np.testing.assert_allclose(trained(FusedAdam(**arguments)), expected, rtol=1e-5)


def test_an_update_is_one_operation():
    variable = keras.Variable(np.ones((2, 3), np.float32))
    optimizer = FusedAdam(0.1)
    optimizer.build([variable])
    apply = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    graph = apply.get_concrete_function(tf.zeros((2, 3))).graph
    of_arrays = [
        op.type
        for op in graph.get_operations()
        if any(tensor.shape == (2, 3) for tensor in (*op.inputs, *op.outputs))
    ]
    assert "ResourceApplyAdam" in of_arrays and "Sqrt" not in of_arrays


@pytest.mark.parametrize("optimizer", [FusedAdam, FusedAdamW, ConvMuon])
def test_it_is_saved_with_its_settings(optimizer):
    config = keras.saving.serialize_keras_object(optimizer(0.25, beta_1=0.5))
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is optimizer
    assert float(again.learning_rate) == 0.25 and again.beta_1 == 0.5


def test_two_rates():
    variable = keras.Variable(np.ones((2, 3), np.float32))
    optimizer = TwoRateAdam(0.1, [variable], 0.5)
    optimizer.build([variable])
    for gradient in GRADIENTS:
        optimizer.apply([tf.convert_to_tensor(gradient)], [variable])
    np.testing.assert_allclose(np.asarray(variable), by_hand(0.05), rtol=1e-5)
