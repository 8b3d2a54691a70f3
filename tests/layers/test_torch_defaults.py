import numpy as np
import pytest

from hand_geo_keras.layers import torch_defaults


@pytest.mark.parametrize(
    "layer, input_shape, fan_in",
    [
        (torch_defaults.conv2d(200, 3, 16), (None, 8, 8, 16), 16 * 9),
        (torch_defaults.dense(2000, 100), (None, 100), 100),
    ],
)
def test_kernel_and_bias_fill_the_range_of_pytorch(layer, input_shape, fan_in):
    layer.build(input_shape)
    bound = fan_in**-0.5
    for weight in layer.get_weights():
        assert np.abs(weight).max() <= bound
        assert np.abs(weight).max() > 0.95 * bound
        assert weight.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)


def test_batch_normalization_has_pytorchs_constants():
    layer = torch_defaults.batch_normalization()
    assert (layer.momentum, layer.epsilon) == (0.9, 1e-5)
