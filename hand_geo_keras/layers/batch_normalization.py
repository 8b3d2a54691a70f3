"""Batch normalisation as one fused operation."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

# oneDNN's bfloat16 kernel handles channels in blocks; other counts take a loop that
# is ten times slower than normalising in float32.
_BLOCK = 16


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalisation through TensorFlow's fused operation.

    Keras 3 composes the normalisation of a dozen operations, each of which reads and
    writes the whole feature map; the fused one takes two passes. Weights, their
    order, saved files, updates of the moving statistics and numbers are those of
    `keras.layers.BatchNormalization`, which also computes whatever the operation
    does not know: other ranks than 4, other axes than the last, masks, `renorm`,
    `synchronized`, float64 and other backends than TensorFlow.

    With bfloat16 inputs the feature maps stay bfloat16, also those kept for the
    gradient; scale, offset and all statistics are float32. (Keras computes in
    float32 throughout, as does this layer where bfloat16 is slower.)

    Args:
        **kwargs: those of `keras.layers.BatchNormalization`.

    Call arguments:
        inputs: `[B, H, W, C]` float feature maps (any rank that Keras takes).
        training: whether to normalise by the batch's statistics and to update the
            moving ones.
        mask: as in Keras.

    Returns:
        Tensor of the inputs' shape in the layer's compute dtype.

    Example:

    ```python
    norm = BatchNormalization(momentum=0.9, epsilon=1e-5)
    normalized = norm(features, training=True)
    ```
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if mask is not None or not self._can_fuse(inputs):
            return super().call(inputs, training=training, mask=mask)
        outputs = self._fused(self._narrowest(inputs), bool(training))
        return ops.cast(outputs, self.compute_dtype)

    def _can_fuse(self, inputs):
        """Whether the fused operation computes what the layer is configured to."""
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and not self.synchronized
            and not getattr(self, "renorm", False)  # Keras 3.12 has none
            and keras.backend.standardize_dtype(inputs.dtype) != "float64"
        )

    def _narrowest(self, inputs):
        """The inputs in the dtype that they are normalised in fastest."""
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        blocked = inputs.shape[-1] % _BLOCK == 0
        return (
            inputs if dtype == "bfloat16" and blocked else ops.cast(inputs, "float32")
        )

    def _fused(self, inputs, training):
        training = training and self.trainable
        ones, zeros = ops.ones_like(self.moving_mean), ops.zeros_like(self.moving_mean)
        moving = [self.moving_mean, self.moving_variance]
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=_float32(self.gamma if self.scale else ones),
            offset=_float32(self.beta if self.center else zeros),
            # In training the operation wants no statistics: it would mix them in.
            mean=[] if training else _float32(moving[0]),
            variance=[] if training else _float32(moving[1]),
            epsilon=self.epsilon,
            exponential_avg_factor=1.0,
            is_training=training,
        )
        if training:
            self._move(moving[0], mean)
            self._move(moving[1], variance * _biased(inputs))
        return outputs

    def _move(self, moving, batch):
        """moving <- momentum * moving + (1 - momentum) * batch."""
        moved = _float32(moving) * self.momentum + batch * (1.0 - self.momentum)
        moving.assign(ops.cast(moved, moving.dtype))


def _float32(weight):
    return ops.cast(weight, "float32")


def _biased(inputs):
    """(n - 1) / n over n = B * H * W values: undoes the operation's correction.

    It returns the unbiased variance; Keras' moving average is of the biased one.
    """
    count = _float32(ops.size(inputs) // inputs.shape[-1])
    return (count - 1.0) / count
