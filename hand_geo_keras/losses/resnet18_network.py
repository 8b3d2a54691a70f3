"""The first layers of a ResNet-18: as torchvision's, and as fast as they go.

The only module that imports keras_cv.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from hand_geo_keras.layers.policy_scope import policy_scope

_OUTPUTS = ("conv1_relu", "v2_stack_0_block2_out", "v2_stack_1_block2_out")
_STEM = "conv1_conv"


def build_network(max_pooling: Any) -> Any:
    """keras_cv's graph, cut after layer2, with symmetric padding.

    keras_cv's strided layers pad asymmetrically, which is worth 30 % of the features
    with weights trained elsewhere.

    Args:
        max_pooling: whether conv1 is followed by its max-pool.

    Returns:
        `keras.Model` of `[B, S, S, 3]` to relu(conv1), layer1 and layer2, float32
        with batch normalisations of their own, whose layers `resnet18_weights` names.
    """
    import keras_cv  # slow to import, and only training needs it

    with policy_scope("float32"):
        backbone = keras_cv.models.ResNetBackbone(
            stackwise_filters=[64, 128],
            stackwise_blocks=[2, 2],
            stackwise_strides=[1, 2],
            block_type="basic_block",
            include_rescaling=False,
            input_shape=(None, None, 3),
        )
        cut = keras.Model(
            backbone.input, [backbone.get_layer(name).output for name in _OUTPUTS]
        )
        return keras.models.clone_model(
            cut,
            clone_function=_without_padding,
            call_function=_pad_then_call if max_pooling else _skip_pool,
        )


def fold_network(network: Any, dtype: Any) -> Any:
    """The same function of images with less to compute.

    Each batch normalisation is folded into the convolution before it, whose bias it
    becomes. The first convolution, 7x7 at stride 2 over 3 channels, becomes 4x4 at
    stride 1 over the 12 channels of 2x2 blocks (an eighth row and column of its
    kernel are zero): the gradient with respect to the image, which is the dearest
    operation of the loss, then costs half as much in float32 and a fifth in bfloat16.

    Args:
        network: what `build_network` returned, with its weights.
        dtype: `"float32"` or `"bfloat16"`, of the weights and feature maps.

    Returns:
        `keras.Model` with the outputs of `network` in `dtype`, to rounding.
    """
    folded = keras.models.clone_model(
        network,
        clone_function=lambda layer: _folded_layer(layer, dtype),
        call_function=_call_folded,
    )
    for layer in folded.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights(_folded_weights(network, layer.name))
    return folded


def with_dtype(network: Any, dtype: Any) -> Any:
    """A copy of the network in mixed precision, batch normalisations in float32."""

    def recast(layer):
        return layer.__class__.from_config({**layer.get_config(), "dtype": dtype})

    copy = keras.models.clone_model(network, clone_function=recast)
    copy.set_weights(network.get_weights())
    return copy


class _Blocks(keras.layers.Layer):
    """`[B, H, W, C]` -> `[B, ceil(H / 2), ceil(W / 2), 4 C]`, the cells of 2x2 blocks.

    Odd sizes get a row or column of zeros, which the zeros of the kernel meet.
    """

    def call(self, images):
        _, height, width, channels = images.shape
        if height % 2 or width % 2:
            images = ops.pad(images, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)))
        rows, columns = -(-height // 2), -(-width // 2)
        blocks = ops.reshape(images, (-1, rows, 2, columns, 2, channels))
        blocks = ops.transpose(blocks, (0, 1, 3, 2, 4, 5))
        return ops.reshape(blocks, (-1, rows, columns, 4 * channels))

    def compute_output_spec(self, images):
        batch, *sides, channels = images.shape
        halves = [side and -(-side // 2) for side in sides]
        return keras.KerasTensor((batch, *halves, 4 * channels), self.compute_dtype)


def _is_padded_and_strided(layer):
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", (1,))
    return window[0] > 1 and layer.strides[0] > 1


def _without_padding(layer):
    config = layer.get_config()
    if hasattr(layer, "strides") and _is_padded_and_strided(layer):
        config["padding"] = "valid"
    return layer.__class__.from_config(config)


def _pad_then_call(layer, *args, **kwargs):
    if not (hasattr(layer, "strides") and _is_padded_and_strided(layer)):
        return layer(*args, **kwargs)
    window = getattr(layer, "kernel_size", None) or layer.pool_size
    # Zeros serve the max-pool as well: its inputs come from a ReLU.
    padded = keras.layers.ZeroPadding2D(window[0] // 2, name=f"{layer.name}_pad")(
        args[0]
    )
    return layer(padded, *args[1:], **kwargs)


def _skip_pool(layer, *args, **kwargs):
    if isinstance(layer, keras.layers.MaxPooling2D):
        return args[0]
    return _pad_then_call(layer, *args, **kwargs)


def _folded_layer(layer, dtype):
    config = {**layer.get_config(), "dtype": dtype}
    if isinstance(layer, keras.layers.Conv2D):
        config["use_bias"] = True
        if layer.name == _STEM:
            config |= {"kernel_size": (4, 4), "strides": (1, 1)}
    return layer.__class__.from_config(config)


def _call_folded(layer, *args, **kwargs):
    if isinstance(layer, keras.layers.BatchNormalization):
        return args[0]
    if layer.name == _STEM:
        return layer(_Blocks(dtype=layer.dtype_policy)(args[0]))
    return layer(*args, **kwargs)


def _folded_weights(network, name):
    """[kernel, bias] of a convolution with the batch normalisation after it."""
    (kernel,) = network.get_layer(name).get_weights()
    norm = network.get_layer(name.removesuffix("_conv") + "_bn")
    gamma, beta, mean, variance = (w.astype("float64") for w in norm.get_weights())
    scale = gamma / np.sqrt(variance + norm.epsilon)
    kernel = kernel * scale
    return [_in_blocks(kernel) if name == _STEM else kernel, beta - mean * scale]


def _in_blocks(kernel):
    """`[7, 7, C, F]` over pixels -> `[4, 4, 4 C, F]` over 2x2 blocks."""
    *_, channels, filters = kernel.shape
    even = np.pad(kernel, ((0, 1), (0, 1), (0, 0), (0, 0)))
    cells = even.reshape(4, 2, 4, 2, channels, filters).transpose(0, 2, 1, 3, 4, 5)
    return cells.reshape(4, 4, 4 * channels, filters)
