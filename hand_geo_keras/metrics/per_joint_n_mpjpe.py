"""N-MPJPE of each joint on its own."""

from typing import Any

import keras
from keras import ops

from hand_geo_keras.metrics.joint_error_metric import JointErrorMetric


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PerJointNMPJPE(JointErrorMetric):
    """Mean distance of every joint after the best scale of the whole pose.

    For evaluation by hand (`update_state`, `result`), since Keras can log scalars
    only.

    Args:
        num_joints: J.
        name: name of the metric.
        **kwargs: passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[B, J, 3]` wrist-relative joints in mm.
        y_pred: `[B, J, 3]` wrist-relative joints in mm, same frame.
        sample_weight: `[B, J]` or `[B]` validity, or None.

    Returns:
        `[J]` float32 in mm; 0 for a joint that was never valid.

    Example:

    ```python
    metric = PerJointNMPJPE()
    metric.update_state(joints, predicted)
    dict(zip(JOINT_NAMES, metric.result().numpy()))
    ```
    """

    def __init__(
        self, num_joints: int = 21, name: str = "per_joint_n_mpjpe", **kwargs: Any
    ) -> None:
        super().__init__(
            alignment="scale", name=name, accumulator_shape=(num_joints,), **kwargs
        )
        self.num_joints = num_joints

    def accumulate(self, distances: Any, weights: Any) -> None:
        self.total.assign_add(ops.sum(distances * weights, axis=0))
        self.count.assign_add(ops.sum(weights, axis=0))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_joints": self.num_joints}
