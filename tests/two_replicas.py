"""Compares two logical CPUs with one device: layers, losses, metrics, models, Adam.

Run as `python -m tests.two_replicas`: logical devices can only be made before
TensorFlow starts. Exits with an assertion if outputs, gradients, losses or updated
weights differ.
"""

import hand_geo_keras  # noqa: F401 - before TensorFlow, which it keeps quiet

# isort: split
import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.layers import AppearanceSwap
from hand_geo_keras.optimizers import FusedAdam
from tests import zoo
from tests.eager import eagerly
from tests.pieces import (
    LAYERS,
    LOSSES,
    METRICS,
    compared_by,
    images_to_compare,
    normal,
)

BATCH = 4


def spread(strategy, batch):
    """The halves of a batch, one on each replica."""
    return tf.nest.map_structure(
        lambda value: strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(
                np.split(value, 2)[context.replica_id_in_sync_group]
            )
        ),
        batch,
    )


def joined(strategy, outputs):
    """What the replicas gave, as of one batch."""
    return tf.nest.map_structure(
        lambda value: np.concatenate(strategy.experimental_local_results(value)),
        outputs,
    )


def outputs_and_gradients(function, variables, inputs):
    """Outputs, and gradients of the sum of their squares by inputs and variables."""
    inputs = tf.nest.map_structure(tf.convert_to_tensor, inputs)
    sources = tf.nest.flatten(inputs)
    with tf.GradientTape() as tape:
        tape.watch(sources)
        outputs = function(inputs)
        total = tf.add_n([tf.reduce_sum(one**2) for one in tf.nest.flatten(outputs)])
    gradients = tape.gradient(total, [sources, variables], unconnected_gradients="zero")
    return outputs, *gradients


def compare(strategy, make, inputs):
    """A layer, network or function on halves of a batch, and on the whole.

    Gradients with respect to weights must add up to those of the whole batch.
    """
    whole = make()
    one = outputs_and_gradients(*_in_inference(whole, inputs), inputs)
    with strategy.scope():
        copy = make()
        function, variables = _in_inference(copy, inputs)
    if variables:
        copy.set_weights(whole.get_weights())
    outputs, inner, outer = strategy.run(
        lambda batch: outputs_and_gradients(function, variables, batch),
        [spread(strategy, inputs)],
    )
    summed = [strategy.reduce("SUM", gradient, None) for gradient in outer]
    two = joined(strategy, (outputs, inner)), summed
    for first, second in zip(*map(tf.nest.flatten, (one, two)), strict=True):
        # Rounding opens or shuts a ReLU here and there, so not number by number.
        error = np.linalg.norm(np.subtract(first, second))
        assert error <= 5e-3 * np.linalg.norm(first) + 1e-6, (error, first, second)


def _in_inference(piece, inputs):
    """`(function, trainable variables)` of a layer, network or loss."""
    if isinstance(piece, keras.losses.Loss):
        return lambda pair: piece.call(*pair), []
    if not piece.built:
        piece(inputs)
    variables = [variable.value for variable in piece.trainable_variables]
    return lambda batch: piece(batch, training=False), variables


def compare_metric(strategy, name):
    y_true, y_pred = compared_by(name)
    whole = METRICS[name]()
    whole.update_state(y_true, y_pred)
    with strategy.scope():
        parts = METRICS[name]()
    strategy.run(parts.update_state, spread(strategy, (y_true, y_pred)))
    np.testing.assert_allclose(parts.result(), whole.result(), rtol=1e-5)


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
    batch = make_batch(BATCH)
    data = tf.data.Dataset.from_tensor_slices(batch).batch(BATCH)
    if len(batch) == 1:
        data = data.map(lambda inputs: inputs)  # out of its tuple
    history = model.fit(data, shuffle=False, verbose=0).history
    return start, model.get_weights(), history


def compare_training(strategy, name):
    with eagerly():  # tracing takes longer than the one step
        start, one_device, one_history = train(name)
    with strategy.scope():
        _, two_replicas, two_history = train(name, start)
    assert one_history.keys() == two_history.keys()
    for key, values in one_history.items():
        np.testing.assert_allclose(two_history[key], values, rtol=1e-4, err_msg=key)
    for old, one, two in zip(start, one_device, two_replicas, strict=True):
        np.testing.assert_allclose(two - old, one - old, atol=2e-5, rtol=1e-3)


def compare_optimizer(strategy, make):
    """An optimizer that is given half of a gradient by each replica."""
    gradient = normal(2, 3)
    whole = keras.Variable(np.ones((2, 3)))
    make().apply([tf.constant(gradient)], [whole])
    with strategy.scope():
        parts, optimizer = keras.Variable(np.ones((2, 3))), make()
        optimizer.build([parts])
    strategy.run(lambda: optimizer.apply([tf.constant(gradient / 2)], [parts]))
    np.testing.assert_allclose(parts, whole, rtol=1e-5)


def part_inputs(part):
    return tf.nest.map_structure(
        lambda symbol: normal(BATCH, *symbol.shape[1:]), part.input
    )


def main():
    keras.utils.set_random_seed(0)
    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [logical, logical])
    # One strategy for all: each new one would count its collectives from zero.
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    for name, (make, make_inputs) in LAYERS.items():
        compare(strategy, make, make_inputs())
        print(name, "equal")
    for name, make in LOSSES.items():
        compare(strategy, make, images_to_compare())
        print(name, "equal")
    for name in METRICS:
        compare_metric(strategy, name)
        print(name, "equal")
    for name, make in zoo.PARTS.items():
        compare(strategy, make, part_inputs(make()))
        print(name, "equal")
    for name in zoo.MODELS:
        compare_training(strategy, name)
        print(name, "equal")
    compare_optimizer(strategy, lambda: FusedAdam(0.1))
    print("FusedAdam equal")


if __name__ == "__main__":
    main()
