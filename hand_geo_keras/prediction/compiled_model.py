"""A pose model as compiled functions: the one way by which crops become poses."""

import functools
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hand_geo_keras.models.hub_presets import is_hub_handle
from hand_geo_keras.models.preset_files import find_preset
from hand_geo_keras.models.read_joints import read_joints
from hand_geo_keras.prediction.pose_model import crop_size_of, load_pose_model

# More would only need more memory at once.
_MOST_CROPS = 64
_KEPT_FILES = 4


class CompiledModel:
    """Runs a pose model on any number of crops, ten times faster than calling it.

    Each function is traced once, for any batch size, on its first use; weights may
    change afterwards. Use `compiled_model`, which keeps one of them per model.

    Args:
        model: `PoseEstimator` or `SemiSupervisedPoseEstimator`.

    Example:
        ```python
        poses = compiled_model("hand_128").poses(crops)  # [B, 21, 3] in mm
        ```
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.crop_size = crop_size_of(model)
        size = self.crop_size
        images = tf.TensorSpec([None, size, size, 3], tf.uint8)
        self._poses = tf.function(self._predict, [images])
        self._latents = tf.function(self._encode, [images])
        scales = tf.TensorSpec([None], tf.float32)
        self._readings = tf.function(self._read, [images, scales])

    def poses(self, images: np.ndarray) -> np.ndarray:
        """Poses of crops.

        Args:
            images: `[B, S, S, 3]` uint8 RGB crops.

        Returns:
            `[B, J, 3]` float32 joints in mm, in each crop's virtual-camera frame.
        """
        return _in_chunks(self._poses, images)

    def latents(self, images: Any) -> np.ndarray:
        """`[B, N, 3]` float32 latent points of crops `[B, S, S, 3]` uint8."""
        return _in_chunks(self._latents, images)

    def read(self, images: np.ndarray, scales: np.ndarray) -> dict[Any, Any]:
        """Everything that a model with named latent points says of crops.

        Args:
            images: `[B, S, S, 3]` uint8 RGB crops.
            scales: `[B]` float32 half the crop's side over its focal length.

        Returns:
            Dict of arrays, see `read_joints`.
        """
        parts = [self._readings(*some) for some in _chunks(images, scales)]
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


def compiled_model(model: Any) -> CompiledModel:
    """The `CompiledModel` of a model, the same one at every call.

    Args:
        model: See `load_pose_model`. What a path or a preset's name stands for is
            loaded again only if its files have changed.

    Returns:
        `CompiledModel`.

    Raises:
        WeightsError: If there is no such model or it predicts no poses.
    """
    if not isinstance(model, keras.Model):
        return _of_files(os.fspath(model), _state_of_files(model))
    # Kept by the model itself, so that both are forgotten together.
    if "_compiled_model" not in vars(model):
        vars(model)["_compiled_model"] = CompiledModel(load_pose_model(model))
    return vars(model)["_compiled_model"]


@functools.lru_cache(maxsize=_KEPT_FILES)
def _of_files(path, state):
    return CompiledModel(load_pose_model(path))


def _state_of_files(model):
    """Changes whenever a file of the model does; None where there is no model."""
    path = Path(model)
    if not path.exists():
        if path.suffix and not is_hub_handle(model):
            return None  # `load_pose_model` says what is wrong
        path = find_preset(model)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    states = [(file, file.stat()) for file in files]
    return tuple((str(file), s.st_mtime_ns, s.st_size) for file, s in states)


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
