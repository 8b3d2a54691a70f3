import numpy as np
import pytest

from hand_geo_keras.layers import BackgroundCompositing


def inputs(channels=5):
    generator = np.random.default_rng(0)
    return {
        "features": generator.normal(size=(2, 8, 8, channels)).astype("float32"),
        "background": generator.normal(size=(2, 8, 8, 3)).astype("float32"),
    }


def test_concatenation_has_the_layers_of_the_reference():
    layer = BackgroundCompositing(32)
    outputs = layer(inputs(32))
    assert set(outputs) == {"image"}
    background = (27 + 1 + 2) * 32 + (9 * 32 + 1 + 2) * 32  # two (conv, norm)
    merging = (9 * 64 + 1) * 32 + (9 * 32 + 1) * 32
    rgb = (32 + 1) * 3
    trainable = sum(np.prod(weight.shape) for weight in layer.trainable_weights)
    assert trainable == background + merging + rgb


def test_matte_blends_between_background_and_hand():
    layer = BackgroundCompositing(4, "alpha")
    given = inputs()
    layer(given)
    kernel, bias = layer.to_mask.get_weights()
    layer.to_mask.set_weights([0 * kernel, bias - 50.0])
    np.testing.assert_allclose(layer(given)["image"], given["background"], atol=1e-6)
    layer.to_mask.set_weights([0 * kernel, bias + 50.0])
    composited = layer(given)
    np.testing.assert_array_equal(composited["mask"], np.ones((2, 8, 8, 1)))
    other = {**given, "background": given["background"] + 1.0}
    np.testing.assert_allclose(layer(other)["image"], composited["image"], atol=1e-6)


@pytest.mark.parametrize("initial_mask", [0.2, 0.5])
def test_matte_starts_where_it_is_told(initial_mask):
    layer = BackgroundCompositing(4, "alpha", initial_mask=initial_mask)
    mask = np.asarray(
        layer({**inputs(), "features": np.zeros((2, 8, 8, 5), "f4")})["mask"]
    )
    assert mask.mean() == pytest.approx(initial_mask, abs=0.1)


def test_alpha_needs_no_background_network():
    layer = BackgroundCompositing(4, "alpha", num_convs=0)
    layer(inputs())
    assert len(layer.weights) == 4  # two 1x1 convolutions


@pytest.mark.parametrize(
    "arguments, message",
    [({"mode": "add"}, "mode='add'"), ({"initial_mask": 1.0}, "initial_mask=1.0")],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        BackgroundCompositing(4, **arguments)
