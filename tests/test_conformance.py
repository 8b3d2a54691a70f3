"""One set of checks over every network and model."""

import functools
import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras import models
from tests import zoo
from tests.pieces import normal
from tests.structures import (
    assert_config_round_trip,
    assert_same,
    flat,
    save_and_load,
    trained_one_step,
)


@pytest.fixture
def half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


def test_every_public_network_and_model_is_checked():
    public = [getattr(models, name) for name in models.__all__]
    classes = {
        one for one in public if inspect.isclass(one) and issubclass(one, keras.Model)
    }
    made = [*map(built, zoo.PARTS), *(model[0]() for model in zoo.MODELS.values())]
    assert classes == {type(one) for one in made}


@functools.cache
def built(name):
    """A part for tests that leave it as it is; building one takes seconds."""
    return zoo.PARTS[name]()


@functools.cache
def part_inputs(name):
    return tf.nest.map_structure(
        lambda symbol: tf.constant(normal(2, *symbol.shape[1:])), built(name).input
    )


@pytest.mark.parametrize("name", zoo.PARTS)
def test_part_saves_and_exports(name, tmp_path):
    part, inputs = built(name), part_inputs(name)
    assert_config_round_trip(part)
    assert_same(part(inputs), save_and_load(part, tmp_path / "p.keras")(inputs))
    part.export(tmp_path / "export", verbose=False)
    artifact = tf.saved_model.load(tmp_path / "export")
    assert_same(part(inputs), artifact.serve(inputs), 1e-5)


@pytest.mark.parametrize("name", zoo.PARTS)
def test_part_in_half_precision_keeps_its_policy(name, half_precision, tmp_path):
    part = zoo.PARTS[name]()
    inputs = part_inputs(name)
    outputs = part(inputs)
    assert all(value.dtype == "float32" for value in flat(outputs))
    keras.config.set_dtype_policy("float32")
    assert_same(outputs, save_and_load(part, tmp_path / "p.keras")(inputs))


@pytest.mark.parametrize("how", ["mixed_float16", "jit_compile"])
@pytest.mark.parametrize("name", zoo.PARTS)
def test_part_trains_a_step(name, how):
    compiled = how == "mixed_float16" and name in zoo.COMPILED_IN_HALF
    part = trained_one_step(zoo.PARTS[name], part_inputs(name), how, compiled)
    assert part.trainable_variables


@pytest.mark.parametrize("name", zoo.PARTS)
def test_frozen_part_stays_frozen_when_rebuilt(name):
    part = zoo.PARTS[name]()
    part.trainable = False
    again = type(part).from_config(part.get_config())
    assert not any(layer.trainable_variables for layer in again.layers)


@pytest.mark.parametrize("how", ["plain", "mixed_float16", "jit_compile"])
@pytest.mark.parametrize("name", zoo.MODELS)
def test_model_trains_saves_and_exports(name, how, tmp_path):
    make, make_loss, make_batch, make_inputs = zoo.MODELS[name]
    if how == "mixed_float16":
        keras.config.set_dtype_policy("mixed_float16")
    try:
        model = make()
        model.compile("adam", loss=make_loss(), jit_compile=how == "jit_compile")
        before = [np.array(value) for value in model.trainable_variables]
        # The loss scale of half precision needs some steps to come down.
        steps = 12 if how == "mixed_float16" else 1
        data = tf.data.Dataset.from_tensors(make_batch(4)).map(unwrap).repeat(steps)
        history = model.fit(data, shuffle=False, verbose=0).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert all(np.isfinite(values).all() for values in history.values())
    assert history["loss"][0] > 0
    unused = zoo.UNUSED.get(name, ())
    changed = [
        not np.array_equal(old, new)
        for old, new in zip(before, model.trainable_variables)
        if not any(part in new.path for part in unused)
    ]
    assert np.mean(changed) > 0.9
    if how == "plain":
        check_saving(model, make_inputs(2), tmp_path)


def unwrap(*batch):
    return batch[0] if len(batch) == 1 else batch


def check_saving(model, inputs, folder):
    inputs = tf.nest.map_structure(tf.constant, inputs)
    outputs = model(inputs, training=False)
    again = save_and_load(model, folder / "model.keras")
    assert again.compiled
    assert_same(outputs, again(inputs, training=False))
    assert [v.path for v in model.trainable_variables] == [
        v.path for v in again.trainable_variables
    ]
    model.export(folder / "export", verbose=False)
    floats = tf.nest.map_structure(lambda value: tf.cast(value, tf.float32), inputs)
    artifact = tf.saved_model.load(folder / "export")
    assert_same(outputs, artifact.serve(floats), 1e-4)
