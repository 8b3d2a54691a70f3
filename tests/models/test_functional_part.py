import keras
import numpy as np

from tests import zoo


def test_frozen_argument_reaches_the_layers():
    part = zoo.pose_head(trainable=False)
    assert part.trainable_variables == []
    assert not any(layer.trainable for layer in part.layers)


def test_rebuilt_part_has_the_same_layers_and_name():
    part = zoo.unet_encoder(name="eye")
    again = type(part).from_config(part.get_config())
    assert again.name == "eye"
    assert [layer.name for layer in again.layers if layer.weights] == [
        layer.name for layer in part.layers if layer.weights
    ]


def test_dtype_argument_overrides_the_global_policy():
    part = zoo.unet_encoder(dtype="mixed_float16")
    assert part.get_layer("stage0_conv0").compute_dtype == "float16"
    assert keras.config.dtype_policy().name == "float32"
    codes = part(np.zeros((1, zoo.SIZE, zoo.SIZE, 3), "float32"))
    assert codes["latent_3d"].dtype == "float32"
