"""Layers with the defaults of the PyTorch code that the paper builds on.

Keras and PyTorch differ silently (Rhodin et al. set no initialiser of its own):
PyTorch samples kernels *and* biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), and its
batch normalisation uses momentum 0.9 (in Keras' convention) and epsilon 1e-5.
"""

from typing import Any

import keras

from hand_geo_keras.layers.batch_normalization import BatchNormalization
from hand_geo_keras.layers.dense import Dense


def conv2d(filters: int, kernel_size: int, in_channels: int, **kwargs: Any) -> Any:
    """A convolution with PyTorch's initial weights.

    Args:
        filters: int, output channels.
        kernel_size: int, side of the square kernel.
        in_channels: int, input channels, needed for the bias' range.
        **kwargs: passed to `keras.layers.Conv2D`; padding defaults to `"same"`.

    Returns:
        `keras.layers.Conv2D`.
    """
    kwargs.setdefault("padding", "same")
    return keras.layers.Conv2D(
        filters, kernel_size, **_uniform(in_channels * kernel_size**2), **kwargs
    )


def dense(units: int, in_features: int, **kwargs: Any) -> Dense:
    """A fully connected layer with PyTorch's initial weights.

    Args:
        units: int, output features.
        in_features: int, input features, needed for the bias' range.
        **kwargs: passed to `Dense`.

    Returns:
        `hand_geo_keras.layers.Dense`.
    """
    return Dense(units, **_uniform(in_features), **kwargs)


def batch_normalization(**kwargs: Any) -> BatchNormalization:
    """A batch normalisation with PyTorch's momentum and epsilon.

    Args:
        **kwargs: passed to `BatchNormalization`.

    Returns:
        `hand_geo_keras.layers.BatchNormalization`.
    """
    return BatchNormalization(momentum=0.9, epsilon=1e-5, **kwargs)


def _uniform(fan_in):
    """U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for kernel and bias."""
    bound = fan_in**-0.5
    return {
        "kernel_initializer": keras.initializers.RandomUniform(-bound, bound),
        "bias_initializer": keras.initializers.RandomUniform(-bound, bound),
    }
