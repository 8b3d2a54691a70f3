"""Predictions for views of a pool, batch by batch."""

from collections.abc import Callable
from typing import Any

import cv2
import keras
import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.models.read_joints import reads_joints
from hand_geo_keras.pipelines import ViewTable

_BATCH = 256


def in_batches(function: Callable[..., Any], *arrays: Any, batch: Any = _BATCH) -> Any:
    """Applies a function of tensors to arrays, some rows at a time.

    Args:
        function: Callable from one batch of each array to a tensor.
        *arrays: Arrays of the same length, which may be 0.
        batch: Rows in a batch; the last one may be smaller.

    Returns:
        numpy array, the results along axis 0.
    """
    parts = [
        function(*(array[start : start + batch] for array in arrays))
        for start in range(0, max(len(arrays[0]), 1), batch)
    ]
    return np.concatenate([keras.ops.convert_to_numpy(part) for part in parts])


def predict_poses(
    model: Any, pool: InstantPool, views: np.ndarray, size: int | None = None
) -> np.ndarray:
    """Predicts the poses of some views.

    Args:
        model: Model of crops to poses, for example a `PoseEstimator`.
        pool: `InstantPool`.
        views: `[K]` indices of views.
        size: Side in pixels to which crops are resized before; as they are if None.

    Returns:
        `[K, 21, 3]` float32 poses in mm, wrist-relative, virtual-camera frame.
    """
    takes_scale = reads_joints(model)

    def predict(chosen):
        inputs = {"image": _of_size(pool.crops(chosen), size)}
        if takes_scale:
            inputs["scale"] = pool.scales[chosen]
        return model(inputs, training=False)

    return in_batches(predict, views)


def _of_size(crops, size):
    if size in (None, crops.shape[1]):
        return crops
    method = cv2.INTER_CUBIC if size > crops.shape[1] else cv2.INTER_AREA
    return np.stack([cv2.resize(c, (size, size), interpolation=method) for c in crops])


def poses_from_latents(model: Any, latents: Any) -> np.ndarray:
    """`[K, 21, 3]` poses in mm that a `PoseEstimator` makes of `[K, N, 3]` latents."""
    return in_batches(
        lambda batch: model({"latent_3d": batch}, training=False), latents
    )


def encode_views(model: Any, pool: InstantPool, views: np.ndarray) -> np.ndarray:
    """Latent points of some views, as encoded.

    Args:
        model: `ViewSynthesizer` or `PoseEstimator`.
        pool: `InstantPool`.
        views: `[K]` indices of views.

    Returns:
        `[K, N, 3]` float32.
    """

    def encode(chosen):
        images = pool.crops(chosen)
        if hasattr(model, "latents"):
            return model.latents({"image": images})
        return model.encode(images)["latent_3d"]

    return in_batches(encode, views)


def hand_places(pool: InstantPool, views: np.ndarray) -> dict[Any, Any]:
    """Where the hand is in each crop and how large the crop is there, without labels.

    Args:
        pool: `InstantPool`.
        views: `[K]` indices of views.

    Returns:
        dict of `"hand_center"` `[K, 2]` and `"crop_scale"` `[K]`, float32, as
        `ViewTable.read` describes them.
    """
    center, scale = ViewTable(pool).hand_places(np.asarray(views, np.int32))
    return {
        "hand_center": keras.ops.convert_to_numpy(center),
        "crop_scale": keras.ops.convert_to_numpy(scale),
    }
