import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.models import JointEncoder


def tiny(**kwargs):
    sizes = {"widths": (4, 4, 8), "blocks": (0, 1, 1), "num_points": 25}
    return JointEncoder(32, **{**sizes, "hidden_units": 8, **kwargs})


def test_outputs_have_the_documented_shapes_in_float32():
    codes = tiny(dtype="mixed_bfloat16")(np.zeros((2, 32, 32, 3), "float32"))
    shapes = {name: tuple(value.shape) for name, value in codes.items()}
    assert shapes == {
        "latent_3d": (2, 25, 3),
        "appearance": (2, 16),
        "heatmaps": (2, 8, 8, 21),
        "presence": (2, 2),
    }
    assert all("float32" in str(value.dtype) for value in codes.values())


def test_joints_are_the_means_of_their_heatmaps():
    image = np.random.default_rng(0).normal(0, 1, (2, 32, 32, 3)).astype("float32")
    codes = tiny()(image)
    logits = np.asarray(codes["heatmaps"], "float64").reshape(2, 64, 21)
    weights = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    y, x = np.divmod(np.arange(64), 8)
    cells = (np.stack([x, y], 1) + 0.5) / 4 - 1
    expected = np.einsum("bhj,hc->bjc", weights, cells)
    np.testing.assert_allclose(codes["latent_3d"][:, :21, :2], expected, atol=1e-5)


def test_depths_are_relative_to_the_mean_of_the_joints():
    image = np.random.default_rng(1).normal(0, 1, (2, 32, 32, 3)).astype("float32")
    points = np.asarray(tiny()(image)["latent_3d"])
    np.testing.assert_allclose(points[:, :21, 2].mean(1), 0, atol=1e-6)
    assert np.ptp(points[..., 2]) > 1e-3


def test_is_rebuilt_from_its_config(tmp_path):
    encoder = tiny()
    encoder.save(tmp_path / "encoder.keras")
    copy = keras.saving.load_model(tmp_path / "encoder.keras")
    image = np.ones((1, 32, 32, 3), "float32")
    np.testing.assert_allclose(copy(image)["latent_3d"], encoder(image)["latent_3d"])


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="num_points=20"):
        tiny(num_points=20)


def test_refiner_corrects_the_depths_of_the_joints_alone():
    image = np.random.default_rng(2).normal(0, 1, (2, 32, 32, 3)).astype("float32")
    plain, refined = tiny(), tiny(refiner_units=8)
    for layer in [layer for layer in plain.layers if layer.get_weights()]:
        refined.get_layer(layer.name).set_weights(layer.get_weights())
    last = refined.get_layer("refine_depths")
    last.set_weights([0 * last.get_weights()[0], np.linspace(-1, 1, 21)])
    before, after = (np.asarray(e(image)["latent_3d"]) for e in (plain, refined))
    np.testing.assert_allclose(after[..., :2], before[..., :2], atol=1e-6)
    # The correction has mean 0, so that the mean of the joints' depths stays 0.
    expected = np.r_[np.linspace(-1, 1, 21), np.zeros(4)]
    np.testing.assert_allclose(
        after[..., 2] - before[..., 2], [expected] * 2, atol=1e-6
    )


def test_refiner_does_not_move_the_heatmaps_for_its_own_sake():
    encoder = tiny(refiner_units=8)
    last = encoder.get_layer("refine_depths")
    with tf.GradientTape() as tape:
        model = keras.Model(encoder.input, last.output)
        loss = tf.reduce_sum(model(np.ones((1, 32, 32, 3), "float32"), training=True))
    kernel = encoder.get_layer("to_heatmaps").kernel
    assert tape.gradient(loss, kernel.value) is None


def test_refiner_survives_saving(tmp_path):
    encoder = tiny(refiner_units=8)
    encoder.save(tmp_path / "encoder.keras")
    copy = keras.saving.load_model(tmp_path / "encoder.keras")
    image = np.ones((1, 32, 32, 3), "float32")
    np.testing.assert_allclose(copy(image)["latent_3d"], encoder(image)["latent_3d"])


def test_appearance_is_the_colour_where_the_joints_are():
    encoder = tiny(looks_at_joints=True)
    layer = encoder.get_layer("appearance")
    kernel = np.zeros_like(layer.get_weights()[0])
    kernel[-3:, :3] = np.eye(3)  # the colours come last
    layer.set_weights([kernel, np.zeros(kernel.shape[1])])
    to_heatmaps = encoder.get_layer("to_heatmaps")
    to_heatmaps.set_weights([0 * weight for weight in to_heatmaps.get_weights()])
    image = np.zeros((1, 32, 32, 3), "float32")
    image[:, :16] = [0.5, 1.0, 2.0]
    code = np.asarray(encoder(image)["appearance"])[0]
    # Joints that may be anywhere see all of the image.
    np.testing.assert_allclose(code[:3], [0.25, 0.5, 1.0], atol=1e-5)


def test_looks_at_joints_survives_saving(tmp_path):
    encoder = tiny(looks_at_joints=True)
    encoder.save(tmp_path / "encoder.keras")
    copy = keras.saving.load_model(tmp_path / "encoder.keras")
    image = np.random.default_rng(0).normal(0, 1, (1, 32, 32, 3)).astype("float32")
    codes, copied = encoder(image), copy(image)
    np.testing.assert_allclose(copied["appearance"], codes["appearance"], atol=1e-6)
    np.testing.assert_allclose(copied["latent_3d"], codes["latent_3d"], atol=1e-6)
