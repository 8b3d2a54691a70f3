"""Structural similarity of images."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class SSIM(keras.metrics.Metric):
    """Mean structural similarity (Wang et al. 2004, 11x11 Gaussian window).

    Args:
        name: name of the metric.
        **kwargs: passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[B, H, W, 3]` RGB in 0..255, any dtype, H and W at least 11.
        y_pred: `[B, H, W, 3]` RGB in 0..255, any dtype.
        sample_weight: `[B]` float weights of the images, or None.

    Returns:
        Scalar float32, 1 for identical images.

    Raises:
        ValueError: `sample_weight` is of another shape.

    Example:

    ```python
    SSIM()(images, images)  # 1.0
    ```
    """

    def __init__(self, name: str = "ssim", **kwargs: Any) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(name=name, **kwargs)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        values = tf.image.ssim(y_true, y_pred, max_val=255.0)  # [B]
        weights = ops.ones_like(values)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, "float32")
            if len(sample_weight.shape) != 1:  # would meet the wrong axes
                raise ValueError(
                    "`sample_weight` must have shape [B]. Received: "
                    f"sample_weight.shape={tuple(sample_weight.shape)}"
                )
            weights = weights * sample_weight
            values = ops.where(weights > 0, values, 0.0)  # 0 times NaN is NaN
        self.total.assign_add(ops.sum(weights * values))
        self.count.assign_add(ops.sum(weights))

    def result(self) -> Any:
        return ops.divide_no_nan(self.total, self.count)
