"""Peak signal-to-noise ratio of images, over everything or over a region."""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PSNR(keras.metrics.Metric):
    """Mean over the images of `10 log10(255^2 / mean squared error)`.

    With a weight map, the squared error is averaged with these weights, so a mask
    restricts it to a region; images whose weights are all zero are left out.

    Args:
        name: name of the metric.
        max_db: cap on one image's value, which a perfect one has.
        **kwargs: passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[B, H, W, 3]` RGB in 0..255, any dtype.
        y_pred: `[B, H, W, 3]` RGB in 0..255, any dtype.
        sample_weight: `[B, H, W, 1]` float weights or mask, or None.

    Returns:
        Scalar float32 in dB.

    Raises:
        ValueError: `sample_weight` is of another shape.

    Example:

    ```python
    PSNR()(np.zeros((1, 8, 8, 3)), np.full((1, 8, 8, 3), 25.5))  # 20.0
    ```
    """

    def __init__(
        self, name: str = "psnr", max_db: float = 100.0, **kwargs: Any
    ) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(name=name, **kwargs)
        self.max_db = max_db
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        error = ops.mean((y_pred - y_true) ** 2, axis=-1, keepdims=True)
        weights = ops.ones_like(error)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, "float32")
            shape = tuple(sample_weight.shape)
            if len(shape) != 4 or shape[-1] != 1:  # would meet the wrong axes
                raise ValueError(
                    "`sample_weight` must have shape [B, H, W, 1]. Received: "
                    f"sample_weight.shape={shape}"
                )
            weights = weights * sample_weight
            error = ops.where(weights > 0, error, 0.0)  # 0 times NaN is NaN
        total = ops.sum(weights, axis=(1, 2, 3))  # [B]
        mean = ops.sum(weights * error, axis=(1, 2, 3)) / ops.maximum(total, 1e-9)
        counted = ops.cast(total > 0, "float32")
        self.total.assign_add(ops.sum(counted * self._decibels(mean)))
        self.count.assign_add(ops.sum(counted))

    def result(self) -> Any:
        return ops.divide_no_nan(self.total, self.count)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "max_db": self.max_db}

    def _decibels(self, mean_squared_error):
        floor = 255.0**2 * 10.0 ** (-self.max_db / 10.0)
        mean_squared_error = ops.maximum(mean_squared_error, floor)
        return 10.0 * (2 * math.log10(255.0) - ops.log10(mean_squared_error))
