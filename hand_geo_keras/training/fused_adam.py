"""Adam that updates each variable by one operation."""

from typing import Any

import keras
import tensorflow as tf


class FusedUpdates:
    """Lets a subclass of `keras.optimizers.Adam` update by TensorFlow's fused kernel.

    Keras computes an update by some eight operations, each of which reads and writes
    arrays as large as the variable; TensorFlow has one that does it at once. The
    numbers are the same but for rounding. Other backends, AMSGrad and several replicas
    have Keras' own updates.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Updates one variable, see `keras.optimizers.Adam`."""
        if (
            keras.backend.backend() != "tensorflow"
            or self.amsgrad  # type: ignore[attr-defined]
            or self._distribution_strategy.num_replicas_in_sync > 1  # type: ignore[attr-defined]
        ):
            super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]
            return
        index, dtype = self._get_variable_index(variable), variable.dtype  # type: ignore[attr-defined]
        beta1, beta2, epsilon = (
            tf.cast(value, dtype)
            for value in (self.beta_1, self.beta_2, self.epsilon)  # type: ignore[attr-defined]
        )
        step = tf.cast(self.iterations + 1, dtype)  # type: ignore[attr-defined]
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[index]),  # type: ignore[attr-defined]
            v=_handle(self._velocities[index]),  # type: ignore[attr-defined]
            beta1_power=tf.pow(beta1, step),
            beta2_power=tf.pow(beta2, step),
            lr=tf.cast(learning_rate, dtype),
            beta1=beta1,
            beta2=beta2,
            epsilon=epsilon,
            grad=tf.cast(tf.convert_to_tensor(gradient), dtype),
        )


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class FusedAdam(FusedUpdates, keras.optimizers.Adam):
    """`keras.optimizers.Adam` with one operation per variable, see `FusedUpdates`.

    A step of `reference_unet`, which has 40 million weights, takes a tenth less.

    Example:
        ```python
        model.compile(FusedAdam(1e-3), loss)
        ```

    Reference:
        Kingma and Ba, "Adam: A method for stochastic optimization", ICLR 2015.
    """


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class FusedAdamW(FusedUpdates, keras.optimizers.AdamW):
    """`keras.optimizers.AdamW` with one operation per variable, see `FusedUpdates`."""


def _handle(variable):
    is_keras = isinstance(variable, keras.Variable)
    return (variable.value if is_keras else variable).handle
