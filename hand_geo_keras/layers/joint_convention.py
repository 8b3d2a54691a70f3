"""From joints inside the hand to where other labels have them."""

from typing import Any

import keras
from keras import ops

from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.layers.perspective_lift import (
    bone_length,
    in_wrist_depths,
    palm_axes,
)

NUM_TERMS = 9
_NEAREST = 1e-3  # of the wrist's depth


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class JointConvention(keras.layers.Layer):
    """Moves named 2.5D points to where another labelling convention has the joints.

    Rendered joints lie inside the hand. Landmarks that were annotated in images lie
    nearer to the skin that the camera sees, so the difference depends on the side that
    the hand is seen from. With the unit vector `(x, y, z)` from the hand to the camera
    in the hand's own axes (`palm_axes`), joint j moves by
    `b (w_0j + w_1j x + w_2j y + w_3j z + w_4j x^2 + w_5j y^2 + w_6j xy + w_7j xz +
    w_8j yz)` in these axes, where b is the sum of all bones' lengths. Joints move in
    space: what changes in the image follows from the perspective.

    Args:
        **kwargs: passed to `keras.layers.Layer`.

    Attributes:
        offsets: variable `[9, 21, 3]`, the w; zero until they are set.

    Call arguments:
        inputs: dict of `"latent_3d"`: `[B, N, 3]` float, whose first 21 points are the
            joints as `JointEncoder` gives them, and `"scale"`: `[B]` float, half the
            crop's side over its focal length.

    Returns:
        `[B, N, 3]` float32, the first 21 points moved.

    Example:

    ```python
    convention = JointConvention()
    moved = convention({"latent_3d": points, "scale": np.full(len(points), 0.2)})
    ```
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)

    def build(self, input_shape: Any) -> None:
        self.offsets = self.add_weight(
            shape=(NUM_TERMS, NUM_JOINTS, 3), initializer="zeros", name="offsets"
        )

    def call(self, inputs: Any) -> Any:
        points = ops.cast(inputs["latent_3d"], "float32")
        scale = ops.cast(inputs["scale"], "float32")[:, None, None]
        joints = in_wrist_depths(points, scale)
        axes = palm_axes(joints)
        directions = ops.matmul(axes, _to_camera(joints, scale)[..., None])[..., 0]
        weights = ops.reshape(self.offsets, (NUM_TERMS, NUM_JOINTS * 3))
        offsets = ops.matmul(view_terms(directions), weights)
        offsets = ops.matmul(ops.reshape(offsets, (-1, NUM_JOINTS, 3)), axes)
        moved = joints + bone_length(joints)[:, None, None] * offsets
        depths = ops.maximum(1 + moved[..., 2:] * scale, _NEAREST)
        z = (moved[..., 2:] - moved[:, :1, 2:]) / depths[:, :1]
        named = ops.concatenate([moved[..., :2] / depths, z], axis=-1)
        return ops.concatenate([named, points[:, NUM_JOINTS:]], axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape["latent_3d"]


def view_terms(directions: Any) -> Any:
    """The terms of the polynomial.

    Args:
        directions: `[B, 3]` float, unit vectors from the hand to the camera in the
            hand's own axes.

    Returns:
        `[B, 9]` float.
    """
    x, y, z = (directions[:, axis] for axis in range(3))
    return ops.stack(
        [ops.ones_like(x), x, y, z, x * x, y * y, x * y, x * z, y * z], axis=-1
    )


def _to_camera(joints, scale):
    """`[B, 3]` unit vectors from hands to the camera, see `in_wrist_depths`."""
    ahead = ops.convert_to_tensor([0.0, 0.0, 1.0])  # one wrist's depth
    centre = ops.mean(joints, axis=1) * scale[:, 0] + ahead
    return -centre / ops.sqrt(ops.sum(centre * centre, axis=-1, keepdims=True))
