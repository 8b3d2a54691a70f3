"""The fully connected network from latent points to a hand pose."""

from typing import Any

import keras

from hand_geo_keras.layers import torch_defaults
from hand_geo_keras.models.functional_part import FunctionalPart


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PoseHead(FunctionalPart):
    """Maps the (un-rotated) latent points to a standardised pose.

    The reference's network (Rhodin et al., `models/MLP.py`): twice (fully connected,
    ReLU, batch normalisation, dropout), in this order, then one linear layer. 5.6 M
    parameters with the defaults.

    Args:
        num_points: N, number of latent 3D points.
        num_joints: J, number of joints.
        hidden_units: sizes of the hidden layers.
        dropout: rate after each hidden layer.
        dtype: dtype policy; the output is float32 under every policy.
        **kwargs: `name`, `trainable`.

    Call arguments:
        latent_3d: `[B, N, 3]` float, in the frame of the image's virtual camera.

    Returns:
        `[B, J, 3]` float32, pose in the same frame, standardised per coordinate;
        `PoseEstimator` turns it into millimetres.

    Example:

    ```python
    PoseHead(hidden_units=(256,))(np.zeros((2, 200, 3), "float32")).shape  # (2, 21, 3)
    ```
    """

    def __init__(
        self,
        num_points: int = 200,
        num_joints: int = 21,
        hidden_units: Any = (2048, 2048),
        dropout: float = 0.5,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        latent_3d = keras.Input((num_points, 3), name="latent_3d")
        features = keras.layers.Flatten(dtype=dtype)(latent_3d)  # [B, 3 N]
        for index, units in enumerate(hidden_units):
            features = torch_defaults.dense(
                units,
                features.shape[-1],
                activation="relu",
                name=f"hidden{index}",
                dtype=dtype,
            )(features)
            features = torch_defaults.batch_normalization(
                name=f"norm{index}", dtype=dtype
            )(features)
            features = keras.layers.Dropout(dropout, dtype=dtype)(features)
        pose = torch_defaults.dense(
            num_joints * 3, features.shape[-1], name="to_pose", dtype="float32"
        )(features)
        pose = keras.layers.Reshape((num_joints, 3), dtype="float32", name="pose")(pose)
        super().__init__(latent_3d, pose, dtype=dtype, **kwargs)
        self.num_points = num_points
        self.num_joints = num_joints
        self.hidden_units = tuple(hidden_units)
        self.dropout = dropout

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_points": self.num_points,
            "num_joints": self.num_joints,
            "hidden_units": list(self.hidden_units),
            "dropout": self.dropout,
        }
