"""One set of checks over every layer, loss and metric."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras import layers, losses, metrics
from tests.pieces import LAYERS, LOSSES, METRICS, compared_by, images_to_compare
from tests.structures import (
    assert_config_round_trip,
    assert_same,
    flat,
    save_and_load,
    trained_one_step,
)


def inputs_of(name):
    return tf.nest.map_structure(tf.constant, LAYERS[name][1]())


def model_of(name):
    """A model of nothing but the layer."""
    make, inputs = LAYERS[name][0], inputs_of(name)
    if isinstance(inputs, dict):
        symbols = {
            key: keras.Input(value.shape[1:], name=key) for key, value in inputs.items()
        }
    else:
        symbols = keras.Input(inputs.shape[1:])
    return keras.Model(symbols, make()(symbols))


@pytest.mark.parametrize(
    ("module", "base", "made"),
    [
        (layers, keras.layers.Layer, [make for make, _ in LAYERS.values()]),
        (losses, keras.losses.Loss, LOSSES.values()),
        (metrics, keras.metrics.Metric, METRICS.values()),
    ],
    ids=["layers", "losses", "metrics"],
)
def test_every_public_class_is_checked(module, base, made):
    public = [getattr(module, name) for name in module.__all__]
    classes = {one for one in public if inspect.isclass(one) and issubclass(one, base)}
    assert classes == {type(make()) for make in made}


@pytest.mark.parametrize("name", LAYERS)
def test_layer_config_saving_and_export(name, tmp_path):
    assert_config_round_trip(LAYERS[name][0]())
    model, inputs = model_of(name), inputs_of(name)
    outputs = model(inputs)
    assert_same(outputs, save_and_load(model, tmp_path / "layer.keras")(inputs))
    model.export(tmp_path / "export", verbose=False)
    artifact = tf.saved_model.load(tmp_path / "export")
    assert_same(outputs, artifact.serve(inputs), 1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_layer_under_xla(name):
    layer, inputs = LAYERS[name][0](), inputs_of(name)
    plain = layer(inputs)
    assert_same(plain, tf.function(layer, jit_compile=True)(inputs), 1e-4)


@pytest.mark.parametrize("how", ["plain", "mixed_float16", "jit_compile"])
@pytest.mark.parametrize("name", LAYERS)
def test_layer_trains_a_step(name, how):
    trained_one_step(lambda: model_of(name), inputs_of(name), how)


@pytest.mark.parametrize("name", LOSSES)
def test_loss(name):
    loss = LOSSES[name]()
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    target, other = tf.nest.map_structure(tf.constant, images_to_compare())
    assert loss.call(target, other).shape == (4,)
    assert float(loss(target, target["image"])) == pytest.approx(0.0, abs=1e-6)
    assert float(again(target, other)) == pytest.approx(float(loss(target, other)))

    @tf.function(jit_compile=True)
    def value_and_gradient(prediction):
        with tf.GradientTape() as tape:
            tape.watch(prediction)
            value = loss(target, prediction)
        return value, tape.gradient(value, prediction)

    value, gradient = value_and_gradient(other)
    assert float(value) == pytest.approx(float(loss(target, other)), rel=1e-4)
    assert float(tf.reduce_max(tf.abs(gradient))) > 0


@pytest.mark.parametrize("name", LOSSES)
def test_loss_in_half_precision(name):
    """It is taken in float32 whatever the network decodes in."""
    full = LOSSES[name]()
    target, other = tf.nest.map_structure(tf.constant, images_to_compare())
    keras.config.set_dtype_policy("mixed_float16")
    try:
        loss = LOSSES[name]()
    finally:
        keras.config.set_dtype_policy("float32")
    value = loss(target, tf.cast(other, tf.float16))
    assert value.dtype == "float32"
    assert float(value) == pytest.approx(float(full(target, other)), rel=1e-2)


@pytest.mark.parametrize("name", METRICS)
def test_metric(name):
    y_true, y_pred = compared_by(name)
    assert_config_round_trip(METRICS[name]())
    keras.config.set_dtype_policy("mixed_float16")
    try:
        whole, parts = METRICS[name](), METRICS[name]()
    finally:
        keras.config.set_dtype_policy("float32")
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(whole), safe_mode=True
    )
    whole.update_state(y_true, y_pred)
    again.update_state(y_true, y_pred)
    assert_same(whole.result(), again.result())
    update = tf.function(parts.update_state, jit_compile=True)
    update(tf.constant(y_true[:3]), tf.constant(y_pred[:3]))
    update(tf.constant(y_true[3:]), tf.constant(y_pred[3:]))
    np.testing.assert_allclose(whole.result(), parts.result(), rtol=1e-4)
    assert all(variable.dtype == "float32" for variable in whole.variables)
    whole.reset_state()
    assert not np.any(flat(whole.result()))
