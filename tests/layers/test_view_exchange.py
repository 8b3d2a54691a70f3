import numpy as np
import pytest

from hand_geo_keras.layers import LatentRotation, ViewExchange
from tests import zoo


def inputs(count):
    latents = np.arange(4 * count, dtype="float32").reshape(count, 4, 1, 1)
    return {
        "latent_3d": latents * np.ones((1, 1, 2, 3), "float32"),
        "rotation": zoo.rotations(4 * count).reshape(count, 4, 3, 3),
    }


def test_sources_are_the_partner_views_of_the_same_instant():
    exchanged = ViewExchange()(inputs(1), training=True)
    np.testing.assert_array_equal(exchanged["latent_3d"][0, :, 0, 0], [1, 0, 3, 2])


def test_rotation_leads_from_the_source_to_the_target():
    given = inputs(2)
    # The same world points, seen in the frame of each view.
    world = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    given["latent_3d"] = world @ given["rotation"].transpose(0, 1, 3, 2)
    rotated = LatentRotation()(ViewExchange()(given))
    np.testing.assert_allclose(rotated, given["latent_3d"], atol=1e-5)


def test_self_reconstruction_is_sampled_per_instant_at_the_asked_rate():
    given = inputs(2000)
    layer = ViewExchange(0.25, seed=3)
    exchanged = layer(given, training=True)
    own = np.asarray(exchanged["latent_3d"] == given["latent_3d"])[:, :, 0, 0]
    np.testing.assert_array_equal(own[:, 0], own[:, 1])
    np.testing.assert_array_equal(own[:, 2], own[:, 3])
    assert own.mean() == pytest.approx(0.25, abs=0.03)
    rotation = np.asarray(exchanged["rotation"])[own]
    np.testing.assert_allclose(rotation, np.eye(3) + 0 * rotation, atol=1e-5)


def test_inference_always_exchanges():
    given = inputs(50)
    exchanged = ViewExchange(1.0)(given, training=False)
    assert not np.any(np.asarray(exchanged["latent_3d"] == given["latent_3d"]))


def test_probability_is_checked():
    with pytest.raises(ValueError, match=r"probability=1\.5"):
        ViewExchange(1.5)
