"""One set of checks over every layer, loss, metric, network and model."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras import layers, losses, metrics
from tests import zoo

ROOT = Path(__file__).resolve().parents[1]


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


# name -> (layer, inputs)
LAYERS = {
    "NormalizeImages": (layers.NormalizeImages, lambda: normal(2, 8, 8, 3)),
    "LatentRotation": (
        layers.LatentRotation,
        lambda: {"latent_3d": normal(2, 5, 3), "rotation": zoo.rotations(2)},
    ),
    "ViewExchange": (
        lambda: layers.ViewExchange(0.5, seed=1),
        lambda: {
            "latent_3d": normal(2, 4, 5, 3),
            "rotation": zoo.rotations(8).reshape(2, 4, 3, 3),
        },
    ),
    "AppearanceSwap": (
        lambda: layers.AppearanceSwap(False, False, seed=1),
        lambda: normal(2, 4, 6),
    ),
    "BilinearUpsampling": (
        lambda: layers.BilinearUpsampling(align_corners=False),
        lambda: normal(2, 3, 5, 4),
    ),
    "HandFrame": (
        lambda: layers.HandFrame(inverse=True),
        lambda: {
            "latent_3d": normal(2, 4, 5, 3),
            "hand_center": normal(2, 4, 2),
            "crop_scale": 100 + normal(2, 4),
        },
    ),
    "HeatmapPoints": (
        lambda: layers.HeatmapPoints(extent=1.1),
        lambda: {
            "heatmaps": normal(2, 4, 4, 5),
            "depths": normal(2, 4, 4, 5),
            "depth_offsets": normal(2, 5),
        },
    ),
    "PointSplatting": (
        lambda: layers.PointSplatting(4, channels=3),
        lambda: normal(2, 5, 3),
    ),
    "BackgroundCompositing(concat)": (
        lambda: layers.BackgroundCompositing(4),
        lambda: {"features": normal(2, 8, 8, 5), "background": normal(2, 8, 8, 3)},
    ),
    "BackgroundCompositing(alpha)": (
        lambda: layers.BackgroundCompositing(4, "alpha", 1, initial_mask=0.2),
        lambda: {"features": normal(2, 8, 8, 5), "background": normal(2, 8, 8, 3)},
    ),
}

LOSSES = {
    "PixelFeatureLoss": lambda: losses.PixelFeatureLoss(
        zoo.random_features(),
        ssim_weight=0.1,
        gradient_weight=0.1,
        foreground_weight=3.0,
        feature_every=2,
    ),
    "PixelFeatureLoss(pixels)": lambda: losses.PixelFeatureLoss(feature_weight=0.0),
}

POSE_METRICS = {
    "MPJPE": metrics.MPJPE,
    "NMPJPE": metrics.NMPJPE,
    "PAMPJPE": metrics.PAMPJPE,
    "PCKAUC": lambda: metrics.PCKAUC(80.0, 9, alignment="scale"),
    "PerJointNMPJPE": metrics.PerJointNMPJPE,
}
IMAGE_METRICS = {"PSNR": metrics.PSNR, "SSIM": metrics.SSIM}


@pytest.fixture
def half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")


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


@pytest.mark.parametrize("name", LAYERS)
def test_layer_config_and_saving(name, tmp_path):
    make, make_inputs = LAYERS[name]
    inputs = tf.nest.map_structure(tf.constant, make_inputs())
    assert_config_round_trip(make())
    if isinstance(inputs, dict):
        symbols = {
            key: keras.Input(value.shape[1:], name=key) for key, value in inputs.items()
        }
    else:
        symbols = keras.Input(inputs.shape[1:])
    model = keras.Model(symbols, make()(symbols))
    assert_same(
        model(inputs), save_and_load(model, tmp_path / "layer.keras")(inputs), 0.0
    )


@pytest.mark.parametrize("name", LAYERS)
def test_layer_under_xla(name):
    make, make_inputs = LAYERS[name]
    layer, inputs = make(), tf.nest.map_structure(tf.constant, make_inputs())
    plain = layer(inputs)
    assert_same(plain, tf.function(layer, jit_compile=True)(inputs), 1e-4)


@pytest.mark.parametrize("name", LAYERS)
def test_layer_in_half_precision(name, half_precision):
    make, make_inputs = LAYERS[name]
    full = make_inputs()
    for value in flat(make()(tf.nest.map_structure(tf.constant, full))):
        assert np.isfinite(value.astype("float32")).all()


@pytest.mark.parametrize("name", LOSSES)
def test_loss(name):
    loss = LOSSES[name]()
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    target = {"image": normal(4, 16, 16, 3), "background": np.zeros((4, 16, 16, 3))}
    target = {key: tf.constant(value, tf.float32) for key, value in target.items()}
    other = tf.constant(normal(5, 16, 16, 3)[1:])
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


@pytest.mark.parametrize("name", [*POSE_METRICS, *IMAGE_METRICS])
def test_metric(name, half_precision):
    make = {**POSE_METRICS, **IMAGE_METRICS}[name]
    if name in POSE_METRICS:
        y_true, y_pred = zoo.joints(6), zoo.joints(6, seed=1)
    else:
        y_true, y_pred = zoo.images(6), zoo.images(6, seed=1)
    assert_config_round_trip(make())
    whole, parts = make(), make()
    whole.update_state(y_true, y_pred)
    update = tf.function(parts.update_state, jit_compile=True)
    update(tf.constant(y_true[:3]), tf.constant(y_pred[:3]))
    update(tf.constant(y_true[3:]), tf.constant(y_pred[3:]))
    np.testing.assert_allclose(whole.result(), parts.result(), rtol=1e-4)
    assert all(variable.dtype == "float32" for variable in whole.variables)
    whole.reset_state()
    assert not np.any(whole.result())


def part_inputs(part):
    return tf.nest.map_structure(
        lambda symbol: tf.constant(normal(2, *symbol.shape[1:])), part.input
    )


@pytest.mark.parametrize("name", zoo.PARTS)
def test_part_saves_and_exports(name, tmp_path):
    part = zoo.PARTS[name]()
    inputs = part_inputs(part)
    assert_config_round_trip(part)
    assert_same(part(inputs), save_and_load(part, tmp_path / "p.keras")(inputs))
    part.export(tmp_path / "export", verbose=False)
    artifact = tf.saved_model.load(tmp_path / "export")
    assert_same(part(inputs), artifact.serve(inputs), 1e-5)


@pytest.mark.parametrize("name", zoo.PARTS)
def test_part_in_half_precision_keeps_its_policy(name, half_precision, tmp_path):
    part = zoo.PARTS[name]()
    inputs = part_inputs(part)
    outputs = part(inputs)
    assert all(value.dtype == "float32" for value in flat(outputs))
    keras.config.set_dtype_policy("float32")
    assert_same(outputs, save_and_load(part, tmp_path / "p.keras")(inputs))


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
    changed = [
        not np.array_equal(old, new)
        for old, new in zip(before, model.trainable_variables)
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


def test_two_replicas_equal_one_device():
    script = ROOT / "tests" / "two_replicas.py"
    run = subprocess.run(
        [sys.executable, "-m", "tests.two_replicas"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, f"{script}: {run.stdout[-2000:]}\n{run.stderr[-2000:]}"
    assert run.stdout.count("equal") == len(zoo.MODELS)
