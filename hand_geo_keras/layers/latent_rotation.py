"""Rotation of the latent 3D points from one virtual camera into another."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class LatentRotation(keras.layers.Layer):
    """Rotates the latent points `L3D` by `R_ij`, the only geometry in the model.

    Equation (1) of Müller et al. (ICIP 2020): the points that view i was encoded
    to are rotated into the frame of view j, `L3D_j = R_ij L3D_i`, with no
    translation and no scaling (Rhodin et al., `unet_encode3D.py` l.284-294). Points are
    rows, so the product is `latent_3d @ rotation^T`. Always computed in float32.

    Call arguments:
        inputs: dict of
            `"latent_3d"`: `[A1, ..., An, N, 3]` float, points in the frame of the
            source's virtual camera (units are learned, not mm);
            `"rotation"`: `[A1, ..., An, 3, 3]` float, `R_ij = R_j R_i^T` from the
            source's to the target's virtual camera.

    Returns:
        `[A1, ..., An, N, 3]` float32, points in the target's frame.

    Example:

    ```python
    quarter_turn = np.array([[[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]], "float32")
    points = np.array([[[1.0, 0, 0]]], "float32")
    LatentRotation()({"latent_3d": points, "rotation": quarter_turn})  # [[[0, 1, 0]]]
    ```
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)

    def call(self, inputs: Any) -> Any:
        points = ops.cast(inputs["latent_3d"], "float32")
        rotation = ops.cast(inputs["rotation"], "float32")
        return ops.matmul(points, ops.swapaxes(rotation, -1, -2))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape["latent_3d"]
