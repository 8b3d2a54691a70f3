"""A learning rate that warms up, stays, and decays when it is told to."""

import math
from typing import Any

import keras


class WarmUpStableDecay(keras.callbacks.Callback):
    """Sets the learning rate of every step from its number.

    Linear warm-up, a constant rate for as long as there is time, then a decay to a
    hundredth along a cosine. Since the constant phase has no end of its own, a
    training can be prolonged, and a decay be started from any of its checkpoints.

    Args:
        peak: the constant rate.
        start: number of the first step that `fit` will take.
        warm_up: steps of the warm-up.
        decay_from: step at which the decay starts, or None.
        decay_steps: length of the decay.

    Example:

    ```python
    model.fit(data, callbacks=[WarmUpStableDecay(2e-3, decay_from=20_000)])
    ```

    Reference:
        Hu et al., "MiniCPM", 2024 (the schedule's name and shape).
    """

    def __init__(
        self,
        peak: Any,
        start: int = 0,
        warm_up: int = 500,
        decay_from: Any = None,
        decay_steps: int = 4000,
    ) -> None:
        super().__init__()
        self.peak, self.step, self.warm_up = peak, start, warm_up
        self.decay_from, self.decay_steps = decay_from, decay_steps

    def on_train_batch_begin(
        self, batch: Any, logs: dict[str, Any] | None = None
    ) -> None:
        self.model.optimizer.learning_rate = self.rate(self.step)
        self.step += 1

    def rate(self, step: int) -> Any:
        """The learning rate of a step."""
        rate = self.peak * min(1.0, (step + 1) / self.warm_up)
        if self.decay_from is None or step < self.decay_from:
            return rate
        done = min(1.0, (step - self.decay_from) / self.decay_steps)
        return rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
