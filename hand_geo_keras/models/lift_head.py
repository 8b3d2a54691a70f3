"""The pose head of encoders whose first latent points are the joints."""

from typing import Any

import keras

from hand_geo_keras.geometry.bones import TOTAL_BONE_LENGTH_MM
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.layers import JointConvention, PerspectiveLift
from hand_geo_keras.models.functional_part import FunctionalPart


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class LiftHead(FunctionalPart):
    """Lifts named latent points to a pose in mm, see `PerspectiveLift`.

    Takes the place of `PoseHead`, the paper's `F`: since the points are the joints
    already, little is left to learn, and a pose follows its points exactly when they
    are rotated in the image.

    Args:
        num_points: N, number of latent 3D points.
        total_bone_length: of the hand in mm, see `PerspectiveLift`.
        joint_offsets: whether joints have offsets in the hand's axes, see there.
        joint_convention: whether points are moved to another labelling convention
            before they are lifted, see `JointConvention`.
        dtype: dtype policy; the output is float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        inputs: dict of `"latent_3d"`: `[B, N, 3]` float, in the frame of the image's
            virtual camera, and `"scale"`: `[B]` float, half the crop's side over its
            focal length.

    Returns:
        `[B, 21, 3]` float32 in mm, relative to the wrist.

    Example:

    ```python
    model = PoseEstimator(JointEncoder(128), LiftHead(64))
    model({"image": crops, "scale": half_over_focal})
    ```
    """

    takes_scale = True
    num_joints = NUM_JOINTS

    average_bone_length = TOTAL_BONE_LENGTH_MM

    def __init__(
        self,
        num_points: int = 64,
        total_bone_length: float = TOTAL_BONE_LENGTH_MM,
        joint_offsets: bool = False,
        joint_convention: bool = False,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        inputs = {
            "latent_3d": keras.Input((num_points, 3), name="latent_3d"),
            "scale": keras.Input((), name="scale"),
        }
        points = inputs["latent_3d"]
        if joint_convention:
            points = JointConvention(name="convention")(inputs)
        lift = PerspectiveLift(total_bone_length, joint_offsets, name="lift")
        joints = lift({"latent_3d": points, "scale": inputs["scale"]})
        super().__init__(inputs, joints, dtype=dtype, **kwargs)
        self.num_points = num_points
        self.total_bone_length = total_bone_length
        self.joint_offsets = joint_offsets
        self.joint_convention = joint_convention

    def named_points(self, inputs: Any) -> Any:
        """The named points where the head's convention has the joints.

        Args:
            inputs: as in the call.

        Returns:
            `[B, 21, 3]` float, in the crop as `JointEncoder` gives them.
        """
        points = inputs["latent_3d"]
        if self.joint_convention:
            points = self.get_layer("convention")(inputs)
        return points[:, :NUM_JOINTS]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_points": self.num_points,
            "total_bone_length": self.total_bone_length,
            "joint_offsets": self.joint_offsets,
            "joint_convention": self.joint_convention,
        }
