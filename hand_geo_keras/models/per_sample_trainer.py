"""Base class of the trainable models: one training step for all of them."""

import warnings
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

import hand_geo_keras.optimizers  # noqa: F401 - saved models name what trained them
from hand_geo_keras.errors import WeightsError
from hand_geo_keras.models.checked_config import TO_LOAD

_TO_LOAD = "import hand_geo_keras.models, or use hand_geo_keras.load_model(path)"


class PerSampleTrainer(keras.Model):
    """A model whose loss is a dict of per-sample terms.

    Subclasses implement `compute_terms`. Training and test step are then the same
    for all: the mean of the term `"loss"` over the global batch is minimised (under
    `tf.distribute` every replica contributes its part, once), every term is
    tracked under its name, and the metrics of the subclass and of `compile` are
    reported with them.

    Args:
        term_names: names of the terms besides `"loss"` that are to be logged.
        to_load: not used.
        **kwargs: passed to `keras.Model`.
    """

    def __init__(
        self, term_names: Sequence[str] = (), to_load: Any = None, **kwargs: Any
    ) -> None:
        del to_load  # the hint of `get_config`, handed back by Keras
        # Inputs are dicts of uint8 images and float32 rotations; casting the
        # latter to half precision would cost their accuracy.
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.term_trackers = {
            name: keras.metrics.Mean(name=name) for name in term_names
        }
        self.loss = None

    def compile(
        self, optimizer: str = "rmsprop", loss: Any = None, **kwargs: Any
    ) -> None:
        """As `keras.Model.compile`; the loss is handed to `compute_terms` unchanged.

        Args:
            optimizer: Keras optimizer or its name.
            loss: Keras loss or its name; what it compares is up to the subclass.
            **kwargs: passed to `keras.Model.compile`.
        """
        # Keras would look for an output and a label for each part of the loss.
        super().compile(optimizer=optimizer, loss=None, **kwargs)
        self.loss = loss

    def compute_terms(self, data: Any, training: bool | None) -> Any:
        """Runs the model on a batch and updates its metrics.

        Args:
            data: what the data set yields.
            training: bool.

        Returns:
            Dict of `[B]` float32 terms, among them `"loss"`.
        """
        raise NotImplementedError

    def make_train_function(self, force: bool = False) -> Any:
        """As `keras.Model.make_train_function`; the optimizer's variables come first.

        Made while the step is traced, they would take as long as half of the tracing.
        """
        optimizer = getattr(self, "optimizer", None)  # none if it was never compiled
        if self.built and optimizer is not None and not optimizer.built:
            with self.distribute_strategy.scope():
                optimizer.build(self.trainable_variables)
        return super().make_train_function(force)

    def train_step(self, data: Any) -> Any:
        self._check_loss()
        with tf.GradientTape() as tape:
            terms = self.compute_terms(data, training=True)
            loss = self._replica_part(terms["loss"])
            scaled_loss = self.optimizer.scale_loss(loss)
        variables = self.trainable_variables
        if not self.optimizer.built:
            self.optimizer.build(variables)
        gradients = zip(tape.gradient(scaled_loss, variables), variables)
        # A pose estimator's encoder has an appearance head that nothing depends on.
        used = [pair for pair in gradients if pair[0] is not None]
        finite = self._apply_if_finite(loss, used)
        # So that whoever watches the loss sees that the step was left out.
        terms["loss"] = ops.where(finite, terms["loss"], float("nan"))
        return self._report(terms)

    def test_step(self, data: Any) -> Any:
        self._check_loss()
        return self._report(self.compute_terms(data, training=False))

    def get_config(self) -> dict[str, Any]:
        # The hint comes first, for Keras' message is long.
        return {TO_LOAD: _TO_LOAD, "name": self.name}

    def get_compile_config(self) -> Any:
        config = super().get_compile_config()
        if config:  # not so in a model that was never compiled
            config["loss"] = keras.saving.serialize_keras_object(self.loss)
        return config

    def compile_from_config(self, config: Any) -> None:
        # A loss may need a weight file of the machine that the model was trained on.
        try:
            self.compile(**keras.saving.deserialize_keras_object(config))
        except WeightsError as error:
            warnings.warn(
                f"{self.name} was loaded without its loss: {error}", stacklevel=2
            )
            return
        self.optimizer.build(self.trainable_variables)

    def _apply_if_finite(self, loss, gradients):
        """Leaves a step out that would spoil the weights; returns whether it did not.

        A loss scale is meant to overflow now and then, and its optimizer leaves out
        such steps itself.
        """
        finite = ops.isfinite(loss)
        if not isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            finite &= ops.isfinite(tf.linalg.global_norm([g for g, _ in gradients]))
        if tf.distribute.get_strategy().num_replicas_in_sync == 1:
            tf.cond(finite, lambda: self._apply(gradients), lambda: tf.constant(0))
        else:  # replicas apply together or not at all
            pairs = [(ops.where(finite, g, ops.zeros_like(g)), v) for g, v in gradients]
            self._apply(pairs)
        return finite

    def _apply(self, gradients):
        self.optimizer.apply_gradients(gradients)
        return tf.constant(0)

    def _check_loss(self):
        if self.loss is None:
            raise ValueError(
                f"{self.name} has no loss; call `compile(optimizer, loss)` first. "
                "Received: loss=None"
            )

    def _replica_part(self, values):
        """Mean over this replica's samples, divided by the number of replicas."""
        num_replicas = tf.distribute.get_strategy().num_replicas_in_sync
        loss = ops.mean(values)
        if self.losses:  # regularisers
            loss += sum(ops.cast(value, loss.dtype) for value in self.losses)
        return loss / num_replicas

    def _report(self, terms):
        self._loss_tracker.update_state(terms["loss"])
        for name, tracker in self.term_trackers.items():
            if name in terms:
                tracker.update_state(terms[name])
        # Those of terms that there are not would say 0.
        absent = self.term_trackers.keys() - terms.keys()
        results = self.get_metrics_result()
        return {name: v for name, v in results.items() if name not in absent}


def elementwise(loss: Any, y_true: Any, y_pred: Any) -> Any:
    """The values of a Keras loss before any reduction over the batch.

    Args:
        loss: `keras.losses.Loss`, a function of `(y_true, y_pred)` or a name.
        y_true: `[B, ...]`.
        y_pred: `[B, ...]`.

    Returns:
        What the loss makes of each element, as a rule `[B, ...]` without the last
        axis.
    """
    function = keras.losses.get(loss)
    return getattr(function, "call", function)(y_true, y_pred)
