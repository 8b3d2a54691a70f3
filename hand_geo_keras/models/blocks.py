"""Blocks of layers that encoders and decoders are made of."""

from typing import Any

import keras

from hand_geo_keras.layers import torch_defaults


def check_image_size(image_size: int, factor: float) -> None:
    """Raises ValueError unless the network can halve the image often enough."""
    if image_size % factor or image_size <= 0:
        raise ValueError(
            f"`image_size` must be a positive multiple of {factor}. "
            f"Received: image_size={image_size}"
        )


def residual(features: Any, name: str, dtype: Any) -> Any:
    """Adds a 3x3 convolution of a map to it."""
    inner = conv_norm(features, features.shape[-1], 3, name, dtype)
    total = keras.layers.Add(dtype=dtype)([features, inner])
    return keras.layers.ReLU(dtype=dtype)(total)


def conv_norm(
    features: Any, width: int, size: int, name: str, dtype: Any, strides: int = 1
) -> Any:
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


def join_maps(maps: Any, dtype: Any) -> Any:
    """From coarse to fine, as in a feature pyramid: doubles a map and adds the next."""
    features = maps[-1]
    for level, finer in enumerate(reversed(maps[:-1])):
        width, name = finer.shape[-1], f"join{level}"
        features = keras.layers.UpSampling2D(
            interpolation="bilinear", dtype=dtype, name=f"{name}_double"
        )(conv_norm(features, width, 1, f"{name}_coarse", dtype))
        finer = conv_norm(finer, width, 1, f"{name}_fine", dtype)
        features = keras.layers.Add(dtype=dtype)([features, finer])
        features = keras.layers.ReLU(dtype=dtype)(features)
        features = residual(features, f"{name}_residual", dtype)
    return features


def whole_image_code(features: Any, units: int, dropout: float, dtype: Any) -> Any:
    """[B, s, s, C] -> [B, units], knows where in the map everything is."""
    features = conv_norm(features, 32, 1, "whole", dtype)
    code = keras.layers.ReLU(dtype=dtype)(features)
    code = keras.layers.Flatten(dtype=dtype)(code)
    code = keras.layers.Dropout(dropout, dtype=dtype)(code)
    return torch_defaults.dense(
        units, code.shape[-1], activation="relu", name="whole_dense", dtype=dtype
    )(code)
