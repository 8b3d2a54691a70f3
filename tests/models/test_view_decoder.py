import numpy as np
import pytest

from hand_geo_keras.models import ViewDecoder
from tests import zoo
from tests.models import numpy_networks

# Parameters of the reference, counted by hand (with the moving averages).
REFERENCE = {
    "from_latent_3d": (600 + 1) * 16 * 16 * 128,
    "up2": (9 * 256 + 1 + 4) * 128 + 2 * (9 * 128 + 1) * 128,
    "up1": (9 * 128 + 1 + 4) * 64 + 2 * (9 * 64 + 1) * 64,
    "up0": (9 * 64 + 1 + 4) * 32,
    "background_compositing": (27 + 1 + 4) * 32
    + (9 * 32 + 1 + 4) * 32
    + (9 * 64 + 1) * 32
    + (9 * 32 + 1) * 32
    + (32 + 1) * 3,
}


def inputs(size, points=5, code=3):
    generator = np.random.default_rng(1)
    return {
        "latent_3d": generator.normal(size=(2, points, 3)).astype("float32"),
        "appearance": generator.normal(size=(2, code)).astype("float32"),
        "background": generator.normal(size=(2, size, size, 3)).astype("float32"),
    }


def test_reference_has_its_parameters_block_by_block():
    decoder = ViewDecoder()
    counts = dict.fromkeys(REFERENCE, 0)
    for layer in decoder.layers:
        block = next((name for name in counts if layer.name.startswith(name)), None)
        if block:
            counts[block] += layer.count_params()
    assert counts == REFERENCE
    assert decoder.count_params() == sum(REFERENCE.values()) == 20_488_995


@pytest.mark.parametrize("widths", [(4, 6), (4, 5, 6), (3, 4, 5, 6)])
def test_agrees_with_numpy(widths):
    decoder = ViewDecoder(16, widths, num_points=5, appearance_dim=3)
    numpy_networks.randomize(decoder)
    weights = numpy_networks.Weights(decoder)
    expected = numpy_networks.view_decoder(inputs(16), weights, len(widths))
    weights.assert_all_used()
    image = decoder(zoo.tensors(inputs(16)), training=False)["image"]
    np.testing.assert_allclose(image, expected, atol=2e-4, rtol=1e-3)


def test_starts_like_pytorch():
    decoder = ViewDecoder(16, (8, 16), num_points=20, appearance_dim=8)
    numpy_networks.assert_pytorch_weights(decoder)


def test_low_rank_start_and_fewer_convolutions_save_parameters():
    full = zoo.view_decoder()
    light = zoo.view_decoder(convs_per_stage=1, dense_rank=2)
    assert light.count_params() < 0.6 * full.count_params()
    assert light(zoo.tensors(inputs(16)))["image"].shape == (2, 16, 16, 3)


@pytest.mark.parametrize("appearance_dim", [0, 6, 9])
def test_appearance_must_leave_channels_for_the_hand(appearance_dim):
    with pytest.raises(ValueError, match=f"appearance_dim={appearance_dim}"):
        zoo.view_decoder(appearance_dim=appearance_dim)
