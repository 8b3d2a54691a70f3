"""Mean joint distance after the best similarity transform."""

from typing import Any

import keras

from hand_geo_keras.metrics.joint_error_metric import JointErrorMetric


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PAMPJPE(JointErrorMetric):
    """Procrustes-aligned MPJPE, customary in the hand literature.

    Each prediction is scaled, rotated and moved to fit before the distance; a
    reflection is never used. Not comparable with N-MPJPE.

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
    PAMPJPE()(joints, joints @ rotation.T + 10.0)  # 0.0
    ```
    """

    def __init__(self, name: str = "pa_mpjpe", **kwargs: Any) -> None:
        super().__init__(alignment="procrustes", name=name, **kwargs)
