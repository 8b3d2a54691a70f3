"""Base class of the metrics that average distances between joints."""

from typing import Any

import keras
from keras import ops

from hand_geo_keras.metrics.alignment import align_procrustes, align_scale

_ALIGNMENTS = {
    "none": lambda y_true, y_pred, weights: y_pred,
    "scale": align_scale,
    "procrustes": align_procrustes,
}


class JointErrorMetric(keras.metrics.Metric):
    """Weighted mean of a function of the joint distances, in float32.

    Args:
        alignment: `"none"`, `"scale"` or `"procrustes"`: what the prediction is
            freed of before distances are taken.
        name: name of the metric.
        accumulator_shape: shape of the two running sums.
        **kwargs: passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[B, J, 3]` wrist-relative joints in mm.
        y_pred: `[B, J, 3]` wrist-relative joints in mm, same frame.
        sample_weight: `[B, J]` validity of the joints (0 leaves a joint out, whatever
            its coordinates: NaN may stand for an unknown one), `[B]` validity of
            samples, or None.

    Raises:
        ValueError: `sample_weight` is of another shape.
    """

    def __init__(
        self, alignment: Any, name: str, accumulator_shape: Any = (), **kwargs: Any
    ) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(name=name, **kwargs)
        if alignment not in _ALIGNMENTS:
            raise ValueError(
                f"`alignment` must be one of {sorted(_ALIGNMENTS)}. "
                f"Received: alignment={alignment!r}"
            )
        self.alignment = alignment
        self.total = self.add_variable(accumulator_shape, "zeros", name="total")
        self.count = self.add_variable(accumulator_shape, "zeros", name="count")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        distances, weights = self.joint_distances(y_true, y_pred, sample_weight)
        self.accumulate(distances, weights)

    def accumulate(self, distances: Any, weights: Any) -> None:
        """Adds a batch; `distances` (mm) and `weights` are `[B, J]`."""
        self.total.assign_add(ops.sum(distances * weights))
        self.count.assign_add(ops.sum(weights))

    def result(self) -> Any:
        return ops.divide_no_nan(self.total, self.count)

    def joint_distances(
        self, y_true: Any, y_pred: Any, sample_weight: Any
    ) -> tuple[Any, ...]:
        """Distances after alignment and the weights they count with, `[B, J]`."""
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        weights = ops.ones_like(y_true[..., 0])
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, "float32")
            if len(sample_weight.shape) == 1:
                sample_weight = sample_weight[:, None]
            if len(sample_weight.shape) != 2:
                raise ValueError(
                    "`sample_weight` must have shape [B, J] or [B]. Received: "
                    f"sample_weight.shape={tuple(sample_weight.shape)}"
                )
            weights = weights * sample_weight
            counts = weights[..., None] > 0  # 0 times NaN is NaN
            y_true, y_pred = (ops.where(counts, y, 0.0) for y in (y_true, y_pred))
        aligned = _ALIGNMENTS[self.alignment](y_true, y_pred, weights)
        return ops.sqrt(ops.sum((aligned - y_true) ** 2, axis=-1)), weights
