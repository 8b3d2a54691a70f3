"""Stops a training at the step whose loss is no finite number."""

from typing import Any

import keras
import numpy as np

from hand_geo_keras.errors import TrainingError


class StopOnNonFinite(keras.callbacks.Callback):
    """Ends `fit` with an error at the first step whose loss is NaN or infinite.

    The models of this package do not apply such a step, nor one whose gradient is not
    finite, so that the model keeps the weights from before; no backup is written.

    Raises:
        TrainingError: In `fit`; it names epoch, step and the losses.

    Example:
        ```python
        model.fit(batches, callbacks=[StopOnNonFinite()])
        ```
    """

    def __init__(self) -> None:
        super().__init__()
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: Any, logs: Any = None) -> None:
        # Means over the epoch's steps so far: the first bad step shows.
        if not np.isfinite(np.asarray((logs or {}).get("loss", 0.0), "float64")):
            bad = [name for name, value in logs.items() if not _is_finite(value)]
            raise TrainingError(
                f"Epoch {self._epoch + 1}, step {batch + 1}: {', '.join(bad)} is not "
                "finite; the weights are those before that step. Lower the learning "
                "rate, clip the gradient (`global_clipnorm` of Keras' optimizers), or "
                "look for such values in the batch."
            )


def _is_finite(value):
    return bool(np.isfinite(np.asarray(value, "float64")).all())
