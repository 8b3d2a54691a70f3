"""Pre-training that takes a number of seconds instead of a number of steps."""

import math
import time
from pathlib import Path
from typing import Any

import keras

from hand_geo_keras.training.clock import Clock

MOST_STEPS_PER_SECOND = 1000  # more than any machine makes


class TimeBudget(keras.callbacks.Callback):
    """Stops training when its time is over; the learning rate falls with the time.

    Every model then goes down the same cosine, however many steps it makes.

    Args:
        seconds: Seconds of training over all runs of a job, from the building of
            its graph on.
        learning_rate: Initial learning rate.
        folder: Folder of the job, whose `Clock` tells what earlier runs took.
    """

    def __init__(
        self, seconds: float, learning_rate: float, folder: str | Path
    ) -> None:
        super().__init__()
        self._seconds, self._learning_rate = seconds, learning_rate
        self._folder = folder
        self._start = 0.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._start = time.perf_counter() - Clock(self._folder).seconds

    def on_train_batch_begin(
        self, batch: Any, logs: dict[str, Any] | None = None
    ) -> None:
        fraction = min(1.0, self._elapsed() / self._seconds)
        fall = (1 + math.cos(math.pi * fraction)) / 2
        self.model.optimizer.learning_rate = self._learning_rate * fall

    def on_train_batch_end(
        self, batch: Any, logs: dict[str, Any] | None = None
    ) -> None:
        if self._elapsed() >= self._seconds:
            self.model.stop_training = True

    def _elapsed(self):
        return time.perf_counter() - self._start
