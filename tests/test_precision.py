import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras import models, precision
from hand_geo_keras.losses import PixelFeatureLoss, ResNet18Features
from hand_geo_keras.models.preset_files import save_to_preset
from hand_geo_keras.prediction import load_pose_model
from tests import zoo


@pytest.fixture
def cpu(tmp_path, monkeypatch):
    """Makes this machine one without a GPU whose processor has some flags."""

    def set_flags(flags):
        path = tmp_path / "cpuinfo"
        path.write_text(f"processor : 0\nflags\t\t: fpu {flags}\nbugs : none\n")
        monkeypatch.setattr(precision, "_CPU_INFO", path)
        monkeypatch.setattr(precision.sys, "platform", "linux")
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])

    return set_flags


@pytest.fixture
def float32_afterwards():
    yield
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    "flags, expected",
    [
        ("avx2 avx512_bf16", "bfloat16"),
        ("amx_bf16", "bfloat16"),
        ("avx512f avx512_bf16x", "float32"),
        ("", "float32"),
    ],
)
def test_auto_takes_what_the_processor_computes_in(cpu, flags, expected):
    cpu(flags)
    assert precision.resolve_precision("auto") == expected
    assert precision.resolve_precision("float32") == "float32"


@pytest.mark.parametrize(
    "capability, expected", [((7, 5), "float32"), ((8, 0), "bfloat16")]
)
def test_auto_takes_what_the_gpu_computes_in(cpu, monkeypatch, capability, expected):
    cpu("avx512_bf16")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["gpu"])
    details = {"compute_capability": capability}
    monkeypatch.setattr(
        tf.config.experimental, "get_device_details", lambda gpu: details
    )
    assert precision.resolve_precision("auto") == expected


def test_bfloat16_on_other_hardware_warns(cpu):
    cpu("avx2")
    with pytest.warns(UserWarning, match="slower"):
        assert precision.resolve_precision("bfloat16") == "bfloat16"


def test_another_precision_is_refused():
    with pytest.raises(ValueError, match="float16"):
        precision.set_precision("float16")


@pytest.mark.filterwarnings("ignore:bfloat16 is slower")
def test_setting_it_decides_what_models_and_features_are_built_in(float32_afterwards):
    assert precision.set_precision("bfloat16") == "bfloat16"
    assert zoo.unet_encoder().get_layer("stage0_conv0").compute_dtype == "bfloat16"
    assert precision.set_precision("float32") == "float32"
    assert zoo.unet_encoder().get_layer("stage0_conv0").compute_dtype == "float32"


SYNTHESIZERS = {
    "unet": lambda: models.ViewSynthesizer(
        zoo.unet_encoder(widths=(16, 32), dropout=0.0),
        zoo.view_decoder(widths=(16, 32), dropout=0.0),
    ),
    "compact": lambda: models.ViewSynthesizer(
        zoo.compact_encoder(widths=(16, 24), dropout=0.0),
        zoo.compact_decoder(widths=(16, 24)),
        latent_consistency_weight=1.0,
    ),
}


def trained_step(make, policy, weights=None):
    """Weights, loss and gradients of one batch in a policy."""
    keras.config.set_dtype_policy(policy)
    model = make()
    if weights is not None:
        model.set_weights(weights)
    weights = model.get_weights()
    model.compile("adam", PixelFeatureLoss(ResNet18Features(None)))
    quads = zoo.placed_quads(6)
    with tf.GradientTape() as tape:
        terms = model.compute_terms((zoo.tensors(quads),), training=True)
        loss = tf.reduce_mean(terms["loss"])
    gradients = tape.gradient(loss, model.trainable_variables)
    assert {term.dtype for term in terms.values()} == {tf.float32}
    assert {weight.dtype for weight in model.weights} <= {"float32", "uint32"}
    gradients = {
        variable.path: gradient.numpy()
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True)
        if gradient is not None
    }
    return weights, float(loss), gradients, model


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_bfloat16_learns_what_float32_does(name, float32_afterwards):
    weights, loss, gradients, _ = trained_step(SYNTHESIZERS[name], "float32")
    _, rounded_loss, rounded, model = trained_step(
        SYNTHESIZERS[name], "mixed_bfloat16", weights
    )
    assert 0 < abs(rounded_loss - loss) < 0.01 * loss
    own, exact = (
        np.concatenate([value.ravel() for value in by_path.values()])
        for by_path in (rounded, gradients)
    )
    # Rounding turns some ReLUs on or off, which is noise but no other direction.
    assert own @ exact > 0.95 * np.linalg.norm(own) * np.linalg.norm(exact)
    codes = model.encode(zoo.images(3))
    assert codes["latent_3d"].dtype == codes["appearance"].dtype == tf.float32


def estimator_in_bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = zoo.pose_estimator()
    keras.config.set_dtype_policy("float32")
    return model


def test_files_predict_in_float32(tmp_path):
    model = estimator_in_bfloat16()
    images = {"image": zoo.images(3)}
    exact = precision.in_float32(model)
    assert precision.in_float32(exact) is exact
    assert model.encoder.get_layer("stage0_conv0").compute_dtype == "bfloat16"
    assert exact.encoder.get_layer("stage0_conv0").compute_dtype == "float32"
    expected = exact(images).numpy()
    difference = np.abs(model(images) - expected).max()
    assert 0 < difference < 0.05 * np.abs(expected).max()
    model.save(tmp_path / "pose.keras")
    np.testing.assert_array_equal(
        load_pose_model(tmp_path / "pose.keras")(images), expected
    )
    save_to_preset(tmp_path / "preset", model, half_precision=False)
    np.testing.assert_array_equal(
        load_pose_model(tmp_path / "preset")(images), expected
    )


def test_a_network_from_a_file_is_trained_in_another_precision():
    encoder = zoo.joint_encoder(dropout=0.0)
    assert precision.in_policy(encoder, "float32") is encoder
    mixed = precision.in_policy(encoder, "mixed_bfloat16")
    assert mixed.get_layer("stage0_down_conv").compute_dtype == "bfloat16"
    for weight, same in zip(encoder.get_weights(), mixed.get_weights()):
        np.testing.assert_array_equal(weight, same)
    assert precision.in_float32(mixed).get_layer("stage0_down_conv").compute_dtype == (
        "float32"
    )
    with pytest.raises(ValueError, match="float8"):
        precision.in_policy(encoder, "float8")


def test_a_precision_holds_within_its_block_only():
    with precision.computing_in("bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        with precision.computing_in("float32"):
            assert keras.config.dtype_policy().name == "float32"
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    with pytest.raises(RuntimeError), precision.computing_in("bfloat16"):
        raise RuntimeError
    assert keras.config.dtype_policy().name == "float32"
