"""Area under the curve of correct keypoints over the error threshold."""

from typing import Any

import keras
import numpy as np
from keras import ops

from hand_geo_keras.metrics.joint_error_metric import JointErrorMetric


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class PCKAUC(JointErrorMetric):
    """Area under PCK(threshold), divided by the width of the threshold range.

    PCK is the fraction of valid joints whose distance is at most the threshold.
    1 means no error at all, 0 that no joint is ever within the largest threshold.

    Args:
        max_threshold: largest threshold in mm; the smallest is 0.
        num_thresholds: number of evenly spaced thresholds, at least 2.
        alignment: `"none"`, `"scale"` or `"procrustes"`, taken before distances.
        name: name of the metric.
        **kwargs: passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[B, J, 3]` wrist-relative joints in mm.
        y_pred: `[B, J, 3]` wrist-relative joints in mm, same frame.
        sample_weight: `[B, J]` or `[B]` validity, or None.

    Returns:
        Scalar float32 in 0..1. `curve()` gives the PCK at every threshold.

    Example:

    ```python
    PCKAUC(max_threshold=50.0)(joints, joints)  # 1.0
    ```
    """

    def __init__(
        self,
        max_threshold: float = 50.0,
        num_thresholds: int = 51,
        alignment: str = "none",
        name: str = "pck_auc",
        **kwargs: Any,
    ) -> None:
        if num_thresholds < 2:
            raise ValueError(
                "`num_thresholds` must be at least 2. "
                f"Received: num_thresholds={num_thresholds}"
            )
        super().__init__(alignment, name, (num_thresholds,), **kwargs)
        self.max_threshold = max_threshold
        self.num_thresholds = num_thresholds

    @property
    def thresholds(self) -> Any:
        """`[T]` float32 thresholds in mm."""
        return np.linspace(0.0, self.max_threshold, self.num_thresholds, dtype="f4")

    def accumulate(self, distances: Any, weights: Any) -> None:
        correct = ops.cast(distances[..., None] <= self.thresholds, "float32")
        self.total.assign_add(ops.sum(correct * weights[..., None], axis=(0, 1)))
        self.count.assign_add(ops.sum(weights) * ops.ones_like(self.count))

    def curve(self) -> Any:
        """`[T]` float32, PCK at `thresholds`."""
        return super().result()

    def result(self) -> Any:
        curve = self.curve()
        return ops.mean((curve[1:] + curve[:-1]) / 2.0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "max_threshold": self.max_threshold,
            "num_thresholds": self.num_thresholds,
            "alignment": self.alignment,
        }
