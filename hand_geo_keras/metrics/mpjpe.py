"""Mean distance between predicted and true joints."""

from typing import Any

import keras

from hand_geo_keras.metrics.joint_error_metric import JointErrorMetric


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class MPJPE(JointErrorMetric):
    """Mean per-joint position error: the plain distance, nothing aligned.

    Args:
        name: name of the metric.
        **kwargs: passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[B, J, 3]` wrist-relative joints in mm.
        y_pred: `[B, J, 3]` wrist-relative joints in mm, same frame.
        sample_weight: `[B, J]` validity of the joints (0 leaves a joint out),
            `[B]` validity of samples, or None.

    Returns:
        Scalar float32 in mm, the mean over all valid joints seen.

    Example:

    ```python
    MPJPE()(joints, joints + [0.0, 3.0, 4.0])  # 5.0
    ```
    """

    def __init__(self, name: str = "mpjpe", **kwargs: Any) -> None:
        super().__init__(alignment="none", name=name, **kwargs)
