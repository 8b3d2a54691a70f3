"""Adam with a learning rate of their own for some variables."""

from typing import Any

import keras

from hand_geo_keras.optimizers.fused_adam import FusedAdam


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class TwoRateAdam(FusedAdam):
    """Adam that trains some variables at another rate than the rest.

    Multiplying gradients would not do it: Adam is invariant to their scale. A file does
    not tell which variables these were: saved models are loaded with one rate for all.

    Args:
        learning_rate: Rate of all other variables, or a schedule.
        variables: Variables that are trained at a rate of their own.
        factor: That rate relative to `learning_rate`.
        **kwargs: Passed to `keras.optimizers.Adam`.

    Example:
        ```python
        optimizer = TwoRateAdam(1e-3, model.encoder.trainable_variables, 0.3)
        ```
    """

    def __init__(
        self, learning_rate: float, variables: Any, factor: float, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self._keys = frozenset(map(self._var_key, variables))
        self._factor = factor

    def update_step(self, gradient: Any, variable: Any, learning_rate: float) -> None:
        if self._var_key(variable) in self._keys:
            learning_rate = learning_rate * self._factor
        super().update_step(gradient, variable, learning_rate)

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> FusedAdam:
        return FusedAdam.from_config(config, custom_objects)
