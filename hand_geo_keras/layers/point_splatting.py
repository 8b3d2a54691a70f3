"""Feature maps rendered from 3D points."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PointSplatting(keras.layers.Layer):
    """Renders every point as a soft spot of its own learned features.

    Where a point projects to, the map gets the point's features, faded by a Gaussian
    of learned width; features change linearly with the point's (squashed) depth, so
    that what follows can tell near from far. The decoder then need not learn from
    data how coordinates become places in an image. Computed in float32.

    Args:
        size: side of the square map in cells; it covers the crop.
        channels: features of each point.
        initial_width: std of the spots at first, in halves of the
            crop's side.

    Call arguments:
        points: `[B, N, 3]` float, in halves of the crop's side from its centre, as
            from `HeatmapPoints`.

    Returns:
        `[B, size, size, channels]` float32.

    Example:

    ```python
    splatting = PointSplatting(16, channels=64)
    splatting(np.zeros((1, 100, 3), "float32")).shape  # (1, 16, 16, 64)
    ```
    """

    def __init__(
        self, size: int, channels: int, initial_width: float = 0.16, **kwargs: Any
    ) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)
        self.size = size
        self.channels = channels
        self.initial_width = initial_width

    def build(self, input_shape: Any) -> None:
        count = input_shape[1]
        self.log_width = self.add_weight(
            shape=(count,),
            initializer=keras.initializers.Constant(math.log(self.initial_width)),
            name="log_width",
        )
        self.features, self.depth_features = (
            self.add_weight(
                shape=(count, self.channels), initializer="glorot_normal", name=name
            )
            for name in ("features", "depth_features")
        )

    def call(self, points: Any) -> Any:
        points = ops.cast(points, "float32")
        columns = self._fade(points[..., 0])  # [B, N, size]
        rows = self._fade(points[..., 1])
        spots = rows[..., :, None] * columns[..., None, :]  # [B, N, size, size]
        spots = ops.reshape(spots, (-1, points.shape[1], self.size**2))
        depth = ops.tanh(points[..., 2:])
        features = self.features + depth * self.depth_features  # [B, N, C]
        splatted = ops.matmul(ops.transpose(spots, (0, 2, 1)), features)
        return ops.reshape(splatted, (-1, self.size, self.size, self.channels))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.size, self.size, self.channels)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "size": self.size,
            "channels": self.channels,
            "initial_width": self.initial_width,
        }

    def _fade(self, coordinates):
        """[B, N] -> [B, N, size], Gaussian of the distance to each row or column."""
        cells = (np.arange(self.size) + 0.5) / self.size * 2 - 1
        cells = ops.convert_to_tensor(cells.astype("float32"))
        precision = ops.exp(-2.0 * self.log_width)[:, None] / 2.0
        return ops.exp(-((coordinates[..., None] - cells) ** 2) * precision)
