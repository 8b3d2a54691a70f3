"""What the checks over every class do with nested outputs and models."""

import keras
import numpy as np
import tensorflow as tf


def flat(structure):
    return [np.asarray(value) for value in tf.nest.flatten(structure)]


def assert_same(first, second, tolerance=0.0):
    for one, other in zip(flat(first), flat(second), strict=True):
        np.testing.assert_allclose(one, other, atol=tolerance, rtol=0)


def assert_config_round_trip(instance):
    config = instance.get_config()
    assert type(instance).from_config(config).get_config() == config


def save_and_load(model, path):
    model.save(path)
    return keras.saving.load_model(path, safe_mode=True)


def trained_one_step(make, inputs, how, jit_compile=False):
    """Trains a network whose outputs are summed up by a dense layer.

    Args:
        make: Function that builds the network.
        inputs: Batch of inputs.
        how: `"plain"`, `"mixed_float16"` or `"jit_compile"`.
        jit_compile: Whether the step is compiled in any case.

    Returns:
        The network, after asserting that loss and all weights are finite and that
        (in full precision, where no loss scale skips a step) weights have moved.
    """
    if how == "mixed_float16":
        keras.config.set_dtype_policy("mixed_float16")
    try:
        network = make()
        model = _summed_up(network)
        model.compile(
            keras.optimizers.SGD(1e-3),
            loss="mse",
            jit_compile=jit_compile or how == "jit_compile",
        )
        before = model.get_weights()
        count = len(tf.nest.flatten(inputs)[0])
        history = model.fit(
            inputs, np.ones((count, 1)), batch_size=count, shuffle=False, verbose=0
        ).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history["loss"]).all() and history["loss"][0] > 0
    after = model.get_weights()
    assert all(np.isfinite(weight).all() for weight in after)
    if how != "mixed_float16":
        assert any(not np.array_equal(*pair) for pair in zip(before, after))
    return network


def _summed_up(network):
    """A model of the same inputs to one number: a dense layer over all outputs."""
    flatten = keras.layers.Flatten(dtype="float32")
    outputs = [flatten(output) for output in tf.nest.flatten(network.output)]
    joined = keras.ops.concatenate(outputs, axis=-1) if outputs[1:] else outputs[0]
    return keras.Model(network.input, keras.layers.Dense(1, dtype="float32")(joined))
