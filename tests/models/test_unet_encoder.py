import numpy as np
import pytest

from hand_geo_keras.models import UNetEncoder
from tests.models import numpy_networks

# Parameters of the reference, counted by hand: kernel + bias, gamma + beta and the
# two moving averages of batch normalisation.
REFERENCE = {
    "stage0": (27 + 1 + 4) * 32 + (9 * 32 + 1 + 4) * 32,
    "stage1": (9 * 32 + 1 + 4) * 64 + (9 * 64 + 1 + 4) * 64,
    "stage2": (9 * 64 + 1 + 4) * 128 + (9 * 128 + 1 + 4) * 128,
    "stage3": (9 * 128 + 1 + 4) * 256 + (9 * 256 + 1 + 4) * 256,
    "to_latent_3d": (16 * 16 * 256 + 1) * 600,
    "to_appearance": (16 * 16 * 256 + 1) * 128,
}


def test_reference_has_its_parameters_block_by_block():
    encoder = UNetEncoder()
    counts = dict.fromkeys(REFERENCE, 0)
    for layer in encoder.layers:
        block = next((name for name in counts if layer.name.startswith(name)), None)
        if block:
            counts[block] += layer.count_params()
    assert counts == REFERENCE
    assert encoder.count_params() == sum(REFERENCE.values()) == 48_887_032


@pytest.mark.parametrize("widths", [(4, 6), (4, 5, 6), (3, 4, 5, 6)])
def test_agrees_with_numpy(widths):
    encoder = UNetEncoder(16, widths, num_points=5, appearance_dim=3)
    numpy_networks.randomize(encoder)
    image = np.random.default_rng(1).normal(size=(2, 16, 16, 3)).astype("float32")
    weights = numpy_networks.Weights(encoder)
    expected = numpy_networks.unet_encoder(image, weights, len(widths))
    weights.assert_all_used()
    codes = encoder(image, training=False)
    for name in ("latent_3d", "appearance"):
        np.testing.assert_allclose(codes[name], expected[name], atol=2e-4, rtol=1e-3)
    assert np.asarray(codes["latent_3d"]).min() < 0  # no activation
    assert np.asarray(codes["appearance"]).min() == 0.0


def test_starts_like_pytorch():
    numpy_networks.assert_pytorch_weights(UNetEncoder(16, (8, 16), num_points=20))


def test_batch_norm_moves_as_in_pytorch():
    encoder = UNetEncoder(16, (4, 6), num_points=5, appearance_dim=3)
    image = np.random.default_rng(1).normal(size=(8, 16, 16, 3)).astype("float32")
    norm = encoder.get_layer("stage0_norm0")
    mean_before = norm.moving_mean.numpy()
    encoder(image, training=True)
    batch_mean = numpy_networks.conv(
        image, encoder.get_layer("stage0_conv0").get_weights()
    ).mean(axis=(0, 1, 2))
    expected = 0.9 * mean_before + 0.1 * batch_mean
    np.testing.assert_allclose(norm.moving_mean, expected, atol=1e-5)


def test_dropout_acts_on_both_codes_in_training_only():
    encoder = UNetEncoder(16, (4, 6), num_points=200, appearance_dim=50)
    image = np.random.default_rng(1).normal(size=(8, 16, 16, 3)).astype("float32")
    dropped = np.mean(np.asarray(encoder(image, training=True)["latent_3d"]) == 0.0)
    assert dropped == pytest.approx(0.3, abs=0.05)
    assert not np.any(np.asarray(encoder(image)["latent_3d"]) == 0.0)


def test_image_size_must_allow_the_pools():
    with pytest.raises(ValueError, match="multiple of 8"):
        UNetEncoder(100)
