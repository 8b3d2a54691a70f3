"""Adam with a smaller learning rate for pre-trained networks."""

import keras


class TwoRateAdam(keras.optimizers.Adam):
    """Adam that takes smaller steps on some variables.

    Multiplying gradients would not do it: Adam is invariant to their scale.

    Args:
        learning_rate: Rate of all other variables, or a schedule.
        slow_variables: Variables that are trained with a smaller rate.
        slow_rate: That rate relative to `learning_rate`.
        **kwargs: Passed to `keras.optimizers.Adam`.

    Example:
        ```python
        optimizer = TwoRateAdam(1e-3, model.encoder.trainable_variables, 0.3)
        ```
    """

    def __init__(self, learning_rate, slow_variables, slow_rate, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self._slow_keys = frozenset(map(self._var_key, slow_variables))
        self._slow_rate = slow_rate

    def update_step(self, gradient, variable, learning_rate):
        if self._var_key(variable) in self._slow_keys:
            learning_rate = learning_rate * self._slow_rate
        super().update_step(gradient, variable, learning_rate)
