"""3D points read off feature maps: heatmaps for x and y, a depth for each."""

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class HeatmapPoints(keras.layers.Layer):
    """Turns N heatmaps and N depth maps into N points in the crop's own frame.

    A point lies at the mean position of its heatmap's softmax, at the mean of its
    depth map under the same weights (integral regression, Sun et al., ECCV 2018). A
    hand that moves or rolls in the image thus moves and rolls its points, which
    fully connected layers would have to learn from data. Computed in float32.

    Args:
        extent: half the width of the square that the maps cover, in halves of the
            crop's side; points can lie anywhere inside it. A little more than 1
            makes the border reachable, since a mean never leaves its grid.

    Call arguments:
        inputs: dict of `"heatmaps"`: `[B, h, w, N]` float logits; `"depths"`:
            `[B, h, w, N]` float in halves of the crop's side; and optionally
            `"depth_offsets"`: `[B, N]` float, added to the points' depths.

    Returns:
        `[B, N, 3]` float32; x right, y down, z away from the camera, in halves of
        the crop's side from its centre.

    Example:

    ```python
    maps = np.full((1, 2, 2, 1), -20.0, "float32")
    maps[0, 1, 0] = 20.0  # lower left
    HeatmapPoints(extent=1.0)({"heatmaps": maps, "depths": 0 * maps})
    # [[[-0.5, 0.5, 0.0]]]
    ```
    """

    def __init__(self, extent: float = 1.2, **kwargs: Any) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)
        self.extent = extent

    def call(self, inputs: Any) -> Any:
        _, height, width, count = inputs["heatmaps"].shape
        flat = (-1, height * width, count)
        logits = ops.reshape(ops.cast(inputs["heatmaps"], "float32"), flat)
        depths = ops.reshape(ops.cast(inputs["depths"], "float32"), flat)
        weights = ops.softmax(logits, axis=1)  # [B, hw, N]
        cells = ops.convert_to_tensor(self.extent * grid_cells(height, width))
        xy = ops.matmul(ops.transpose(weights, (0, 2, 1)), cells)  # [B, N, 2]
        z = ops.sum(weights * depths, axis=1)
        if "depth_offsets" in inputs:
            z = z + ops.cast(inputs["depth_offsets"], "float32")
        return ops.concatenate([xy, z[..., None]], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, *_, count = input_shape["heatmaps"]
        return (batch, count, 3)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "extent": self.extent}


def grid_cells(height: int, width: int) -> Any:
    """Centres of the cells of a grid over the square -1..1.

    Args:
        height: number of rows.
        width: number of columns.

    Returns:
        `[height * width, 2]` float32 x and y, row by row.
    """
    y, x = ((np.arange(size) + 0.5) / size * 2 - 1 for size in (height, width))
    x, y = np.meshgrid(x, y)
    return np.stack([x.ravel(), y.ravel()], axis=-1).astype("float32")
