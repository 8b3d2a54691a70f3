"""From the named 2.5D points of a crop to a hand in millimetres."""

from typing import Any

import keras
import numpy as np
from keras import ops

from hand_geo_keras.geometry.bones import TOTAL_BONE_LENGTH_MM
from hand_geo_keras.geometry.skeleton import NUM_JOINTS, PARENTS

_CHILDREN = np.arange(1, NUM_JOINTS)
_PARENTS = np.array(PARENTS[1:])
_INDEX_MCP, _MIDDLE_MCP, _LITTLE_MCP = 5, 9, 17


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PerspectiveLift(keras.layers.Layer):
    """Lifts 2.5D joints by the crop's focal length and scales them to a hand's size.

    Depths are taken relative to the wrist's. With `k = h / f` (half the crop's side
    over the focal length), a joint at `(x, y)` with relative depth `z` lies at
    `Z = Z_wrist (1 + z k)`, `(X, Y) = (x, y) k Z`. In units of `k Z_wrist` that is
    `(x (1 + z k), y (1 + z k), z)`. The result is scaled
    to a hand of `total_bone_length`. One matrix `[21, 21]`, the same for x, y and z,
    then mixes the joints: it can learn another data set's definition of the skeleton,
    and cannot break the symmetry that a rotated hand has rotated joints. Nor can
    `joint_offsets`, a constant offset of each joint in the hand's own axes, for labels
    that have joints at the skin where others have them inside the hand.

    Args:
        total_bone_length: sum of all bones' lengths of the result in mm, before the
            offsets.
        joint_offsets: whether there are offsets, `[21, 3]` in mm in the axes of
            `palm_axes`; zero until they are set.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        inputs: dict of `"latent_3d"`: `[B, N, 3]` float, whose first 21 points are the
            joints as `JointEncoder` gives them, and `"scale"`: `[B]` float, k.

    Returns:
        `[B, 21, 3]` float32 in mm, virtual-camera frame, relative to the wrist.

    Example:

    ```python
    PerspectiveLift()({"latent_3d": points, "scale": np.full(len(points), 0.2)})
    ```

    Reference:
        Iqbal et al., ECCV 2018 (2.5D pose and its reconstruction).
    """

    def __init__(
        self,
        total_bone_length: float = TOTAL_BONE_LENGTH_MM,
        joint_offsets: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)
        self.total_bone_length = total_bone_length
        self.joint_offsets = joint_offsets

    def build(self, input_shape: Any) -> None:
        self.mixing = self.add_weight(
            shape=(NUM_JOINTS, NUM_JOINTS), initializer="identity", name="mixing"
        )
        if self.joint_offsets:
            self.offsets = self.add_weight(
                shape=(NUM_JOINTS, 3), initializer="zeros", name="offsets"
            )

    def call(self, inputs: Any) -> Any:
        joints = self.lift(inputs["latent_3d"], inputs["scale"])
        size = self.total_bone_length / bone_length(joints)
        joints = joints * size[:, None, None]
        joints = ops.matmul(self.mixing, joints)  # [21, 21] x [B, 21, 3]
        if self.joint_offsets:
            joints = joints + ops.matmul(self.offsets, palm_axes(joints))
        return joints - joints[:, :1]

    @staticmethod
    def lift(points: Any, scale: Any) -> Any:
        """Joints `[B, 21, 3]` relative to the wrist in units of `k Z_wrist`."""
        scale = ops.cast(scale, "float32")[:, None, None]
        joints = in_wrist_depths(ops.cast(points, "float32"), scale)
        return joints - joints[:, :1]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape["latent_3d"][0], NUM_JOINTS, 3)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "total_bone_length": self.total_bone_length,
            "joint_offsets": self.joint_offsets,
        }


def in_wrist_depths(points: Any, scale: Any) -> Any:
    """2.5D points in space, from the point of the optical axis at the wrist's depth.

    Args:
        points: `[B, N, 3]` float32, whose first 21 are the joints.
        scale: `[B, 1, 1]` float32, k.

    Returns:
        `[B, 21, 3]` float32 in units of `k Z_wrist`, virtual-camera axes.
    """
    points = points[:, :NUM_JOINTS]
    z = points[..., 2:] - points[:, :1, 2:]
    return ops.concatenate([points[..., :2] * (1 + z * scale), z], axis=-1)


def bone_length(joints: Any) -> Any:
    """`[B]` sum of the lengths of all 20 bones of joints `[B, 21, 3]`."""
    bones = ops.take(joints, _CHILDREN, axis=1) - ops.take(joints, _PARENTS, axis=1)
    return ops.sum(ops.sqrt(ops.sum(bones * bones, -1) + 1e-12), axis=-1)


def palm_axes(joints: Any) -> Any:
    """The hand's own axes, from its palm.

    Args:
        joints: `[B, 21, 3]` float.

    Returns:
        `[B, 3, 3]` unit rows: across the palm towards the index finger, from the wrist
        to the middle knuckle, and perpendicular to both: out of the palm of a right
        hand in a camera's frame.
    """
    along = _unit(joints[:, _MIDDLE_MCP] - joints[:, 0])
    across = joints[:, _INDEX_MCP] - joints[:, _LITTLE_MCP]
    across = _unit(across - ops.sum(across * along, -1, keepdims=True) * along)
    return ops.stack([across, along, _cross(across, along)], axis=1)


def _cross(one, other):
    """`ops.cross` of `[B, 3]`, which TFLite has no operation for."""
    x, y, z = (one[:, axis] for axis in range(3))
    u, v, w = (other[:, axis] for axis in range(3))
    return ops.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=-1)


def _unit(vectors):
    return vectors / ops.sqrt(ops.sum(vectors * vectors, -1, keepdims=True) + 1e-12)
