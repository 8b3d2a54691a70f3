"""Everything that a model with named latent points says of a crop."""

from typing import Any

from keras import ops

from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.layers.heatmap_points import grid_cells


def reads_joints(model: Any) -> bool:
    """Whether a pose model's first latent points are the joints."""
    return getattr(getattr(model, "pose_head", None), "takes_scale", False)


def read_joints(model: Any, inputs: dict[Any, Any]) -> dict[Any, Any]:
    """Runs a model with named latent points on crops.

    Args:
        model: `PoseEstimator` of a `JointEncoder` and a `LiftHead`.
        inputs: dict of `"image"`: `[B, S, S, 3]` RGB in 0..255, and `"scale"`: `[B]`
            float, half the crop's side over its focal length.

    Returns:
        Dict of float32 tensors: `"joints_mm"` `[B, 21, 3]` relative to the wrist in
        the crop's virtual camera; `"points"` `[B, 21, 2]`, the joints in the crop where
        the head's convention has them, and `"spread"` `[B, 21]`, the std of their
        heatmaps, both in halves of the crop's side from its centre; `"presence"` and
        `"right"` `[B]`, probabilities that a hand fills the crop and that it is a right
        one.

    Example:
        ```python
        found = read_joints(model, {"image": crops, "scale": scales})
        found["joints_mm"], found["presence"]
        ```
    """
    codes = model.encoder(model.normalize(inputs["image"]), training=False)
    latent_3d = codes["latent_3d"]
    pose_inputs = {"latent_3d": latent_3d, "scale": inputs["scale"]}
    presence = ops.sigmoid(codes["presence"])
    return {
        "joints_mm": model(pose_inputs, training=False),
        "points": model.pose_head.named_points(pose_inputs)[..., :2],
        "spread": _heatmap_spread(codes["heatmaps"], latent_3d[:, :NUM_JOINTS, :2]),
        "presence": presence[:, 0],
        "right": presence[:, 1],
    }


def _heatmap_spread(logits, means):
    """Std `[B, J]` of heatmaps `[B, h, w, J]` about their means."""
    _, height, width, count = logits.shape
    weights = ops.softmax(ops.reshape(logits, (-1, height * width, count)), axis=1)
    squares = (grid_cells(height, width) ** 2).sum(1)  # [hw]
    second = ops.sum(weights * squares[None, :, None], axis=1)
    return ops.sqrt(ops.maximum(second - ops.sum(means * means, axis=-1), 0.0))
