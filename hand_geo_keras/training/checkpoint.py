"""One file that holds everything a training needs to resume where it stopped."""

import os
import time
from pathlib import Path

import keras
import numpy as np


class Checkpoint(keras.callbacks.Callback):
    """Saves weights, their average, the optimizer and the step as one atomic file.

    Args:
        path: the `.npz` file.
        average: `WeightAverage`.
        step: number of steps already taken.
        minutes: time between two saves; one more follows at the end of `fit`.

    Example:

    ```python
    checkpoint = Checkpoint("runs/preset/checkpoint.npz", average)
    start = checkpoint.resume(model)
    model.fit(stream.dataset(start), callbacks=[average, checkpoint])
    ```
    """

    def __init__(self, path, average, minutes=4.0):
        super().__init__()
        self.path, self.average, self.seconds = Path(path), average, 60 * minutes
        self.step, self._saved = 0, time.monotonic()

    def resume(self, model):
        """Restores a compiled model from the file, if there is one.

        Returns:
            Number of steps that were taken, 0 at the start.
        """
        if not self.path.is_file():
            return 0
        with np.load(self.path) as file:
            state = {name: file[name] for name in file.files}
        model.set_weights(_numbered(state, "weight"))
        model.optimizer.build(model.trainable_variables)
        for variable, value in zip(
            model.optimizer.variables, _numbered(state, "optimizer")
        ):
            variable.assign(value)
        self.average.restore(state)
        self.step = int(state["step"])
        return self.step

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if time.monotonic() - self._saved > self.seconds:
            self.save()

    def on_train_end(self, logs=None):
        self.save()

    def save(self):
        """Writes the file beside the old one and puts it in its place."""
        state = {
            "step": np.int64(self.step),
            **_number(self.model.get_weights(), "weight"),
            **_number([v.numpy() for v in self.model.optimizer.variables], "optimizer"),
            **self.average.state(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".part")
        with open(temporary, "wb") as file:
            np.savez(file, **state)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.path)
        self._saved = time.monotonic()


def _number(arrays, name):
    return {f"{name}/{index}": array for index, array in enumerate(arrays)}


def _numbered(state, name):
    count = sum(key.startswith(f"{name}/") for key in state)
    return [state[f"{name}/{index}"] for index in range(count)]
