import numpy as np
import pytest

from hand_geo_keras.models import ResNet50Encoder


@pytest.fixture(scope="module")
def encoder():
    return ResNet50Encoder(112, num_points=5, appearance_dim=3)


def test_codes_are_linear_in_a_bottleneck_of_sigmoids(encoder):
    codes = encoder(np.zeros((1, 112, 112, 3), "float32"))
    assert codes["latent_3d"].shape == (1, 5, 3)
    assert codes["appearance"].shape == (1, 3)
    head = encoder.get_layer("to_codes")
    assert head.kernel.shape == (128, 3 + 15)


def test_stem_and_first_two_stages_are_frozen(encoder):
    trainable = {
        layer.name.split("_")[0]
        for layer in encoder.get_layer("resnet50").layers
        if layer.trainable_weights
    }
    assert trainable == {"conv4"}


def test_new_layers_have_the_parameters_of_the_reference(encoder):
    block = 1024 * 256 + 9 * 256 * 256 + 256 * 1024 + 2 * (256 + 256 + 1024)
    reduce = 9 * 1024 * 512 + 2 * 512 + 25 * 512 * 128 + 2 * 128
    counted = sum(
        np.prod(weight.shape)
        for layer in encoder.layers
        if layer.name.startswith(("new", "reduce"))
        for weight in layer.trainable_weights
    )
    assert counted == 3 * block + reduce


def test_trunk_sees_what_its_weights_were_trained_with(encoder):
    # ImageNet-normalised red and the BGR that keras.applications makes of it.
    from keras.applications.resnet import preprocess_input

    from hand_geo_keras.layers import NormalizeImages
    from hand_geo_keras.models.resnet50_encoder import _caffe_normalized

    image = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3))
    prepared = _caffe_normalized(NormalizeImages()(image), None)
    expected = preprocess_input(image.astype("float32"))
    np.testing.assert_allclose(prepared, expected, atol=0.1)


def test_rebuilding_needs_no_download_and_keeps_the_freeze(encoder):
    again = ResNet50Encoder.from_config(encoder.get_config())
    assert len(again.trainable_weights) == len(encoder.trainable_weights)


def test_image_size_is_checked():
    with pytest.raises(ValueError, match="image_size=64"):
        ResNet50Encoder(64)
