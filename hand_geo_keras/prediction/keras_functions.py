"""A pose model in memory as compiled TensorFlow functions."""

from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.models.read_joints import read_joints, reads_joints
from hand_geo_keras.prediction.pose_model import crop_size_of

# More would only need more memory at once.
_MOST_CROPS = 64


class KerasFunctions:
    """Runs a pose model on any number of crops, ten times faster than calling it.

    Each function is traced once, for any batch size, on its first use; weights may
    change afterwards. Use `compiled_model`, which keeps one of them per model.

    Args:
        model: `PoseEstimator` or `SemiSupervisedPoseEstimator`.

    Attributes:
        crop_size: Side of the crops in pixels.
        reads_joints: Whether the model's first latent points are the joints.

    Example:
        ```python
        KerasFunctions(model).poses(crops)  # [B, 21, 3] in mm
        ```
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.crop_size = crop_size_of(model)
        self.reads_joints = reads_joints(model)
        size = self.crop_size
        images = tf.TensorSpec([None, size, size, 3], tf.uint8, "images")
        self._poses = tf.function(self._predict, [images])
        self._latents = tf.function(self._encode, [images])
        scales = tf.TensorSpec([None], tf.float32, "scales")
        self.readings = tf.function(self._read, [images, scales])

    def poses(self, images: np.ndarray, scales: np.ndarray | None = None) -> np.ndarray:
        """See `CompiledModel.poses`."""
        if scales is not None and self.reads_joints:
            return self.read(images, scales)["joints_mm"]
        return _in_chunks(self._poses, images)

    def latents(self, images: np.ndarray) -> np.ndarray:
        """See `CompiledModel.latents`."""
        return _in_chunks(self._latents, images)

    def read(self, images: np.ndarray, scales: np.ndarray) -> dict[str, np.ndarray]:
        """See `CompiledModel.read`."""
        parts = [self.readings(*some) for some in _chunks(images, scales)]
        return {
            name: np.concatenate([part[name].numpy() for part in parts])[: len(images)]
            for name in parts[0]
        }

    def _read(self, images, scales):
        return read_joints(self.model, {"image": images, "scale": scales})

    def _predict(self, images):
        return self.model({"image": images}, training=False)

    def _encode(self, images):
        estimator = getattr(self.model, "pose_estimator", self.model)
        return estimator.latents({"image": images}, training=False)


def _in_chunks(function, images):
    parts = [function(*some).numpy() for some in _chunks(images)]
    return np.concatenate(parts)[: len(images)]


def _chunks(*arrays):
    """Some rows of each array at a time; a blank one for none at all.

    TensorFlow's convolutions do not all take empty batches.
    """
    rows = max(len(arrays[0]), 1)
    if not len(arrays[0]):
        arrays = [np.zeros((1, *a.shape[1:]), a.dtype) for a in arrays]
    arrays = [np.ascontiguousarray(array) for array in arrays]
    starts = range(0, rows, _MOST_CROPS)
    return [[a[start : start + _MOST_CROPS] for a in arrays] for start in starts]
