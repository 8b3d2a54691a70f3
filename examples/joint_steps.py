"""Training steps of a `JointTrainer` as pure JAX functions, many per call."""

from typing import Any

import jax
import jax.numpy as jnp
import keras
from keras import ops


class JointSteps:
    """Trains on stored views that lie in the accelerator's memory.

    A call takes many steps: choosing views, making samples of them (`TensorCrops`),
    gradients, optimizer and average of the weights are one compiled program. Steps
    whose loss or gradients are not finite change nothing. Needs Keras on JAX.

    Args:
        trainer: `JointTrainer`.
        crops: `TensorCrops`.
        optimizer: Keras optimizer.
        batch_size: samples in a step.
        momentum: of the average of weights and batch statistics, per step.

    Example:

    ```python
    steps = JointSteps(trainer, crops, optimizer, batch_size=512)
    state = steps.initial_state()
    state, losses = steps(state, pool, filled, scenes_filled, rates)
    steps.write_average(state)  # to the trainer's variables
    ```
    """

    def __init__(
        self,
        trainer: Any,
        crops: Any,
        optimizer: Any,
        batch_size: int,
        momentum: float = 0.999,
    ) -> None:
        self._trainer, self._crops, self._optimizer = trainer, crops, optimizer
        self._batch_size, self._momentum = batch_size, momentum
        optimizer.build(trainer.trainable_variables)
        self._trained = trainer.trainable_variables
        self._others = trainer.non_trainable_variables + crops.variables
        self._rate_index = next(
            index
            for index, variable in enumerate(optimizer.variables)
            if variable is optimizer._learning_rate
        )
        self._run = jax.jit(self._steps, donate_argnums=0)

    def initial_state(self) -> dict[str, Any]:
        """The variables' values, and an average that starts with them."""
        trained = [variable.value for variable in self._trained]
        others = [variable.value for variable in self._others]
        return {
            "trained": trained,
            "others": others,
            "optimizer": [variable.value for variable in self._optimizer.variables],
            "average": [jnp.copy(value) for value in trained + others],
            "updates": jnp.zeros((), jnp.int32),
            "key": jax.random.key(0),
        }

    def __call__(
        self, state: Any, pool: Any, filled: Any, scenes_filled: Any, rates: Any
    ) -> tuple[Any, Any]:
        """Takes as many steps as there are learning rates.

        Args:
            state: see `initial_state`; its arrays must not be used again.
            pool: dict of the views' arrays, see `TensorCrops`, and `"scene"`.
            filled: number of views in the pool, the rest is not used.
            scenes_filled: number of images without a hand.
            rates: `[K]` float32 learning rates.

        Returns:
            `(state, losses [K])`.
        """
        return self._run(state, pool, filled, scenes_filled, rates)

    def write_average(self, state: Any) -> None:
        """Gives the trainer's variables their averaged values."""
        for variable, value in zip(self._trained + self._others, state["average"]):
            variable.assign(value)

    def _steps(self, state, pool, filled, scenes_filled, rates):
        def step(state, rate):
            return self._step(state, pool, filled, scenes_filled, rate)

        return jax.lax.scan(step, state, rates)

    def _step(self, state, pool, filled, scenes_filled, rate):
        key, of_views, of_scenes = jax.random.split(state["key"], 3)
        chosen = jax.random.randint(of_views, (self._batch_size,), 0, filled)
        scenes = jax.random.randint(
            of_scenes, (self._crops.scenes_needed(self._batch_size),), 0, scenes_filled
        )
        views = {
            name: jnp.take(values, scenes if name == "scene" else chosen, axis=0)
            for name, values in pool.items()
        }
        mapping = list(zip(self._others, state["others"]))
        with keras.StatelessScope(state_mapping=mapping) as scope:
            data = self._crops(views)
        others = self._values(scope)
        (loss, others), gradients = jax.value_and_grad(self._loss, has_aux=True)(
            state["trained"], others, data
        )
        variables = list(state["optimizer"])
        variables[self._rate_index] = jnp.asarray(
            rate, variables[self._rate_index].dtype
        )
        trained, variables = self._optimizer.stateless_apply(
            variables, gradients, state["trained"]
        )
        finite = jnp.isfinite(loss) & jnp.isfinite(
            sum(jnp.sum(jnp.square(g.astype(jnp.float32))) for g in gradients)
        )
        new = {"trained": trained, "others": others, "optimizer": variables}
        new = {
            name: [jnp.where(finite, a, b) for a, b in zip(values, state[name])]
            for name, values in new.items()
        }
        updates = state["updates"] + 1
        keep = jnp.minimum(self._momentum, updates / (updates + 9.0))
        average = [
            (keep * a + (1 - keep) * b).astype(a.dtype)
            if jnp.issubdtype(a.dtype, jnp.floating)
            else b
            for a, b in zip(state["average"], new["trained"] + new["others"])
        ]
        return {**new, "average": average, "updates": updates, "key": key}, loss

    def _loss(self, trained, others, data):
        mapping = [*zip(self._trained, trained), *zip(self._others, others)]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            terms = self._trainer.compute_terms(data, training=True)
            loss = ops.mean(terms["loss"])
        return loss, self._values(scope)

    def _values(self, scope):
        return [
            value
            if (value := scope.get_current_value(variable)) is not None
            else variable.value
            for variable in self._others
        ]
