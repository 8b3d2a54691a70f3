"""Latent points between a crop's own coordinates and a frame at the hand."""

from typing import Any

import keras
from keras import ops

_MM_PER_UNIT = 100.0  # so that lengths at the hand are about as large as in a crop


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class HandFrame(keras.layers.Layer):
    """Moves points from a crop to the hand, or back, by what calibration knows.

    The paper's `L3D` is only rotated between views, so crops of different scale, or
    not centred on the same point of the hand, cannot be told apart by the decoder.
    Where latent points are positions in the crop, this layer takes them to a frame
    with the view's axes, its origin at a point that all views of the instant share,
    and a unit of 100 mm; there a rotation is all that separates two views. Computed in
    float32. No label is involved: the shared point is the one nearest to the
    optical axes of the virtual cameras (`InstantPool.hand_points`).

    Args:
        inverse: whether points are taken back to the crop.

    Call arguments:
        inputs: dict of `"latent_3d"`: `[A1, ..., An, N, 3]` float, in halves of the
            crop's side from its centre (with `inverse`, in the hand's frame);
            `"hand_center"`: `[A1, ..., An, 2]` float, the shared point in the crop, in
            the same units; `"crop_scale"`: `[A1, ..., An]` float, mm of such a half.

    Returns:
        `[A1, ..., An, N, 3]` float32.

    Example:

    ```python
    place = {"hand_center": np.array([[0.5, 0]]), "crop_scale": np.array([200.0])}
    points = np.array([[[0.75, 0.0, 0.25]]])
    HandFrame()({"latent_3d": points, **place})  # [[[0.5, 0.0, 0.5]]]
    ```
    """

    def __init__(self, inverse: bool = False, **kwargs: Any) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)
        self.inverse = inverse

    def call(self, inputs: Any) -> Any:
        points = ops.cast(inputs["latent_3d"], "float32")
        center = ops.cast(inputs["hand_center"], "float32")
        center = ops.concatenate([center, ops.zeros_like(center[..., :1])], axis=-1)
        center = center[..., None, :]
        scale = ops.cast(inputs["crop_scale"], "float32")[..., None, None]
        scale = scale / _MM_PER_UNIT
        if self.inverse:
            return points / scale + center
        return (points - center) * scale

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape["latent_3d"]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "inverse": self.inverse}
