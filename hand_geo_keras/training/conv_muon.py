"""Muon for convolutional networks."""

import re
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class ConvMuon(keras.optimizers.Muon):
    """Orthogonalised updates for kernels of convolutions, AdamW for all else.

    Keras' `Muon` takes matrices alone. A kernel `[h, w, in, out]` is the matrix
    `[h w in, out]` of the convolution as a product, and is updated as one. Pass the
    names of output layers in `exclude_layers`, as of `Muon`.

    Args:
        learning_rate: float or schedule; updates are scaled so that rates of AdamW fit.
        **kwargs: passed to `keras.optimizers.Muon`.

    Example:

    ```python
    optimizer = ConvMuon(2e-3, exclude_layers=["to_heatmaps"], global_clipnorm=5.0)
    model.compile(optimizer, loss="mae")
    ```

    Reference:
        Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024;
        the scale of updates: Liu et al., "Muon is scalable for LLM training", 2025.
    """

    def _should_use_adamw(self, variable: Any) -> bool:
        excluded = any(re.search(name, variable.path) for name in self.exclude_layers)
        return excluded or len(variable.shape) != 4

    def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
        self.assign_add(m, ops.add(gradient, m * (self.momentum - 1)))
        update = ops.add(gradient, self.momentum * m) if self.nesterov else m
        matrix = ops.reshape(update, (-1, variable.shape[-1]))
        matrix = self.zeropower_via_newtonschulz5(matrix, self.ns_steps)
        update = ops.reshape(self.lr_adjust(lr * matrix), variable.shape)
        self.assign_sub(variable, update)
