"""An exponential moving average of all weights, batch statistics included."""

import keras
import numpy as np


class WeightAverage(keras.callbacks.Callback):
    """Keeps an average of a model's weights beside the trained ones.

    Keras' optimizers average what they train; this also averages the moving
    statistics of batch normalisation, which belong to the averaged weights.

    Args:
        momentum: of the average, per `every` steps.
        every: steps between two updates.

    Attributes:
        average: list of float32 arrays in the order of `model.weights`, or None
            before training.
    """

    def __init__(self, momentum=0.99, every=10):
        super().__init__()
        self.momentum, self.every = momentum, every
        self.average, self._updates, self._batches = None, 0, 0

    def on_train_begin(self, logs=None):
        if self.average is None:
            self.average = [np.array(w) for w in self.model.get_weights()]

    def on_train_batch_end(self, batch, logs=None):
        self._batches += 1
        if self._batches % self.every:
            return
        self._updates += 1
        # A plain mean at first: early weights would otherwise weigh for long.
        keep = min(self.momentum, self._updates / (self._updates + 9))
        for average, weight in zip(self.average, self.model.get_weights()):
            average *= keep
            average += (1 - keep) * weight

    def state(self):
        """What `restore` needs: dict of arrays."""
        arrays = {f"average/{i}": a for i, a in enumerate(self.average)}
        return {**arrays, "average_updates": np.int64(self._updates)}

    def restore(self, state):
        """Goes on from what `state` gave."""
        count = sum(name.startswith("average/") for name in state)
        self.average = [np.array(state[f"average/{i}"]) for i in range(count)]
        self._updates = int(state["average_updates"])

    def averaged(self):
        """Context in which the model has the averaged weights."""
        return _Swapped(self.model, self.average)


class _Swapped:
    def __init__(self, model, weights):
        self.model, self.weights = model, weights

    def __enter__(self):
        self.own = self.model.get_weights()
        self.model.set_weights(self.weights)

    def __exit__(self, *_):
        self.model.set_weights(self.own)
