"""Mean joint distance after the best scale, the paper's metric."""

from typing import Any

import keras

from hand_geo_keras.metrics.joint_error_metric import JointErrorMetric


@keras.saving.register_keras_serializable(package="hand_geo_keras")
class NMPJPE(JointErrorMetric):
    """Normalised MPJPE: each prediction is scaled to fit before the distance.

    The metric of the paper's Table 1, as its code base computes it (Rhodin et al.,
    `losses/poses.py` l.3-53): `s = <p, g> / <p, p>` over the flattened
    root-relative pose, then the mean of `||s p_k - g_k||`. The wrist, always zero in
    both, counts as a joint; multiply by 21/20 for the mean over the others.

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
    NMPJPE()(joints, 2.0 * joints)  # 0.0
    ```
    """

    def __init__(self, name: str = "n_mpjpe", **kwargs: Any) -> None:
        super().__init__(alignment="scale", name=name, **kwargs)
