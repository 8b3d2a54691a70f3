"""Blocks of layers that encoders and decoders are made of."""

import keras

from hand_geo_keras.layers import torch_defaults


def check_image_size(image_size, factor):
    """Raises ValueError unless the network can halve the image often enough."""
    if image_size % factor or image_size <= 0:
        raise ValueError(
            f"`image_size` must be a positive multiple of {factor}. "
            f"Received: image_size={image_size}"
        )


def residual(features, name, dtype):
    """Adds a 3x3 convolution of a map to it."""
    inner = conv_norm(features, features.shape[-1], 3, name, dtype)
    total = keras.layers.Add(dtype=dtype)([features, inner])
    return keras.layers.ReLU(dtype=dtype)(total)


def conv_norm(features, width, size, name, dtype, strides=1):
    """Convolution without bias, then batch normalisation."""
    features = torch_defaults.conv2d(
        width,
        size,
        features.shape[-1],
        strides=strides,
        use_bias=False,
        name=f"{name}_conv",
        dtype=dtype,
    )(features)
    return torch_defaults.batch_normalization(name=f"{name}_norm", dtype=dtype)(
        features
    )
