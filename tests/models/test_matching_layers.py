"""A network that begins where another one ended."""

import numpy as np

from hand_geo_keras.models import JointEncoder
from hand_geo_keras.models.matching_layers import copy_matching_layers


def _encoder(**kwargs):
    widths = kwargs.pop("widths", (8, 16, 16))
    return JointEncoder(32, widths=widths, num_points=21, hidden_units=16, **kwargs)


def test_deeper_network_begins_as_the_other_one():
    trained = _encoder(blocks=(0, 1, 0))
    deeper = _encoder(blocks=(0, 1, 1))
    new = copy_matching_layers(trained, deeper)
    assert new and all(name.startswith("stage2_block0") for name in new)
    image = np.random.default_rng(0).normal(0, 1, (2, 32, 32, 3)).astype("float32")
    before, after = (np.asarray(e(image)["latent_3d"]) for e in (trained, deeper))
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_other_shapes_are_left_as_they_are():
    trained, wider = (
        _encoder(blocks=(0, 0, 0), widths=widths)
        for widths in ((8, 16, 16), (8, 16, 32))
    )
    kernel = wider.get_layer("stage2_down_conv").get_weights()[0]
    new = copy_matching_layers(trained, wider)
    assert "stage2_down_conv" in new and "stage0_down_conv" not in new
    np.testing.assert_array_equal(
        wider.get_layer("stage2_down_conv").get_weights()[0], kernel
    )
    np.testing.assert_array_equal(
        wider.get_layer("stage0_down_conv").get_weights()[0],
        trained.get_layer("stage0_down_conv").get_weights()[0],
    )
