"""Bilinear doubling of feature maps with either corner convention."""

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class BilinearUpsampling(keras.layers.Layer):
    """Doubles height and width by bilinear interpolation.

    `align_corners=True`, the reference's convention (Rhodin et al., `unet_utils.py`
    l.83-124), maps the first and last samples of input and output onto each
    other; `keras.layers.UpSampling2D` only knows half-pixel centres. Done as two
    products with constant matrices: exact in both conventions, differentiable,
    deterministic and accepted by XLA.

    Args:
        align_corners: corner convention; `False` samples at half-pixel centres.

    Call arguments:
        features: `[B, H, W, C]` with static H, W >= 1 and C.

    Returns:
        `[B, 2 H, 2 W, C]`, same dtype; the compute dtype where that is no float.

    Example:

    ```python
    ramp = np.array([0.0, 3.0], "float32").reshape(1, 1, 2, 1)
    BilinearUpsampling()(ramp)[0, 0, :, 0]  # [0, 1, 2, 3]
    ```
    """

    def __init__(self, align_corners: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.align_corners = align_corners

    def call(self, features: Any) -> Any:
        if not keras.backend.is_float_dtype(features.dtype):
            features = ops.cast(features, self.compute_dtype)
        _, height, width, channels = features.shape
        rows = self._matrix(height, features.dtype)
        columns = self._matrix(width, features.dtype)
        tall = ops.matmul(rows, ops.reshape(features, (-1, height, width * channels)))
        wide = ops.matmul(columns, ops.reshape(tall, (-1, width, channels)))
        return ops.reshape(wide, (-1, 2 * height, 2 * width, channels))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, height, width, channels = input_shape
        return (batch, 2 * height, 2 * width, channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "align_corners": self.align_corners}

    def _matrix(self, size, dtype):
        return ops.convert_to_tensor(
            interpolation_matrix(size, self.align_corners), dtype
        )


def interpolation_matrix(size: int, align_corners: bool) -> Any:
    """The linear map from `size` samples to `2 * size` interpolated ones.

    Args:
        size: int, number of input samples.
        align_corners: whether the end samples coincide.

    Returns:
        `[2 * size, size]` float32; every row sums to 1.
    """
    outputs = np.arange(2 * size)
    if align_corners:
        position = outputs * (size - 1) / (2 * size - 1)
    else:
        position = np.clip((outputs + 0.5) / 2 - 0.5, 0, size - 1)
    distance = np.abs(position[:, None] - np.arange(size)[None, :])
    return np.maximum(0.0, 1.0 - distance).astype("float32")
