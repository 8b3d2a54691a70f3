"""An exponential moving average of all weights, batch statistics included."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras


class WeightAverage(keras.callbacks.Callback):
    """Keeps an average of a model's weights beside the trained ones, and validates it.

    Keras' optimizers average what they train; this also averages the moving
    statistics of batch normalisation, which belong to the averaged weights.

    Args:
        model: Built model whose weights are averaged.
        momentum: of the average, per `every` steps.
        every: steps between two updates.
        validation_data: `tf.data.Dataset` on which the averaged weights are evaluated
            after every epoch, logged with the prefix `val_`; none if None.

    Attributes:
        variables: list of `keras.Variable`: the number of updates, then the average in
            the order of `model.weights`. Give it to `TrainingBackup` as `also`.

    Example:

    ```python
    average = WeightAverage(model)
    model.fit(data, callbacks=[average, TrainingBackup("runs/a", also=average)])
    with average.in_place():
        model.save("averaged.keras")
    ```
    """

    def __init__(
        self,
        model: Any,
        momentum: float = 0.99,
        every: int = 10,
        validation_data: Any = None,
    ) -> None:
        super().__init__()
        self.momentum, self.every = momentum, every
        self.validation_data = validation_data
        self._updates = keras.Variable(0, dtype="int64", trainable=False)
        self._average = [
            keras.Variable(weight, trainable=False, dtype=weight.dtype)
            for weight in model.weights
        ]
        self.variables = [self._updates, *self._average]
        self._averaged, self._batches = model, 0

    def on_train_batch_end(
        self, batch: Any, logs: dict[str, Any] | None = None
    ) -> None:
        self._batches += 1
        if self._batches % self.every:
            return
        self._updates.assign_add(1)
        count = int(self._updates.numpy())
        # A plain mean at first: early weights would otherwise weigh for long.
        keep = min(self.momentum, count / (count + 9))
        for average, weight in zip(self._average, self._averaged.weights):
            if "float" in average.dtype:
                average.assign(keep * average + (1 - keep) * weight)
            else:  # counters and seeds
                average.assign(weight)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.validation_data is None or logs is None:
            return
        with self.in_place():
            results = self._averaged.evaluate(
                self.validation_data, verbose=0, return_dict=True
            )
        logs.update({f"val_{name}": value for name, value in results.items()})

    @contextlib.contextmanager
    def in_place(self) -> Iterator[Any]:
        """Context in which the model has the averaged weights."""
        own = self._averaged.get_weights()
        self._averaged.set_weights([average.numpy() for average in self._average])
        try:
            yield self._averaged
        finally:
            self._averaged.set_weights(own)
