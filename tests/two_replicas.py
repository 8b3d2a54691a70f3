"""Compares training on two logical CPUs with training on one device.

Run as `python -m tests.two_replicas`: logical devices can only be made before
TensorFlow starts. Exits with an assertion if loss or updated weights differ.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.layers import AppearanceSwap
from tests import zoo


def without_batch_dependence(model):
    """Switches off what differs between half batches: statistics and chance."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
        if isinstance(layer, AppearanceSwap):
            layer.random_view = False
    return model


def train(name, weights=None):
    make, make_loss, make_batch, _ = zoo.MODELS[name]
    model = without_batch_dependence(make(dropout=0.0))
    if weights is not None:
        model.set_weights(weights)
    start = model.get_weights()
    # Plain gradient descent, so that a wrong scale of the gradients shows.
    model.compile(keras.optimizers.SGD(0.1), loss=make_loss(), jit_compile=False)
    batch = make_batch(4)
    data = tf.data.Dataset.from_tensor_slices(batch).batch(4)
    if len(batch) == 1:
        data = data.map(lambda inputs: inputs)  # out of its tuple
    loss = model.fit(data, shuffle=False, verbose=0).history["loss"][0]
    return start, model.get_weights(), loss


def main():
    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [logical, logical])
    # One strategy for all: each new one would count its collectives from zero.
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    for name in zoo.MODELS:
        start, one_device, one_loss = train(name)
        with strategy.scope():
            _, two_replicas, two_loss = train(name, start)
        np.testing.assert_allclose(two_loss, one_loss, rtol=1e-4)
        for old, one, two in zip(start, one_device, two_replicas, strict=True):
            np.testing.assert_allclose(two - old, one - old, atol=2e-5, rtol=1e-3)
        print(name, "equal")


if __name__ == "__main__":
    main()
