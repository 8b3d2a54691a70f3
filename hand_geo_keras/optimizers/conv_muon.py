"""Muon for convolutional networks."""

import re
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from hand_geo_keras.optimizers.fused_adam import FusedAdamW

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # coefficients of Jordan et al.
_ITERATIONS = 5
_RMS = 0.2  # of an update, as AdamW's; Liu et al.


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class ConvMuon(FusedAdamW):
    """Orthogonalised updates for kernels of convolutions, AdamW for all else.

    Muon takes matrices. A kernel `[h, w, in, out]` is the matrix `[h w in, out]` of the
    convolution as a product, and is updated as one; Keras' own `Muon` leaves kernels to
    AdamW.

    Args:
        learning_rate: float or schedule; updates are scaled so that rates of AdamW fit.
        momentum: of the kernels' gradients, with Nesterov's correction.
        exclude_layers: regular expressions of paths of kernels that AdamW updates:
            those of output layers. One may be given alone.
        **kwargs: passed to `keras.optimizers.AdamW`.

    Example:

    ```python
    optimizer = ConvMuon(2e-3, exclude_layers=["to_heatmaps"], global_clipnorm=5.0)
    model.compile(optimizer, loss="mae")
    ```

    Reference:
        Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024;
        the scale of updates: Liu et al., "Muon is scalable for LLM training", 2025.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        momentum: float = 0.95,
        exclude_layers: str | Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        if isinstance(exclude_layers, str):  # else each of its letters would be one
            exclude_layers = [exclude_layers]
        self.momentum, self.exclude_layers = momentum, list(exclude_layers)

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        self._kernel_momentums = [
            self.add_variable_from_reference(variable, name="kernel_momentum")
            if self._is_orthogonalised(variable)
            else None
            for variable in variables
        ]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        average = self._kernel_momentums[self._get_variable_index(variable)]
        if average is None:
            super().update_step(gradient, variable, learning_rate)
            return
        self.assign(average, self.momentum * average + gradient)
        update = gradient + self.momentum * average
        matrix = _orthogonalised(ops.reshape(update, (-1, variable.shape[-1])))
        scale = _RMS * max(matrix.shape) ** 0.5
        update = ops.reshape(matrix, variable.shape) * scale
        self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * update)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "exclude_layers": self.exclude_layers,
        }

    def _is_orthogonalised(self, variable):
        excluded = any(re.search(name, variable.path) for name in self.exclude_layers)
        return len(variable.shape) == 4 and not excluded


def _orthogonalised(matrix):
    """About `U Vᵀ` of a matrix's singular value decomposition, without one."""
    a, b, c = _NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if tall else matrix
    x = x / (ops.norm(x) + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ ops.transpose(x)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return ops.transpose(x) if tall else x
