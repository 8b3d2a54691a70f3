"""One hand in the world from the views of one instant, given a box in each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.fuse_views import fuse_views
from hand_geo_keras.prediction.hand_predictor import HandPredictor
from hand_geo_keras.prediction.locate_hand import DEFAULT_MARGIN, locate_hand


def predict_views(
    predictor: HandPredictor,
    cameras: Sequence[Camera],
    images: Any,
    boxes: Any,
    precision: np.ndarray | None = None,
    margin: float = DEFAULT_MARGIN,
) -> np.ndarray:
    """Predicts one hand from any number of views of one instant.

    Args:
        predictor: `HandPredictor`; its own camera is not used.
        cameras: V `Camera` objects.
        images: V `[H, W, 3]` uint8 RGB images.
        boxes: V boxes `(centre x, centre y, side)` in the cameras' pixels.
        precision: See `fuse_views`.
        margin: Margin of the boxes.

    Returns:
        `[21, 3]` float64 joints in mm, world frame; NaN where the hand cannot be
        placed. One view gives an approximate distance, more views a good one.

    Raises:
        ValueError: If there is no view.

    Example:
        ```python
        predictor = HandPredictor("runs/my_rig")
        joints = predict_views(predictor, rig.cameras, images, boxes)
        ```
    """
    if not len(cameras):
        raise ValueError("Prediction needs at least one view. Received: 0 cameras")
    cutouts = predictor.cut_from(cameras, images, boxes)
    poses = predictor.poses(cutouts.crops, cutouts.scales)
    pose = fuse_views(poses, cutouts.rotations, precision=precision)
    return pose + locate_hand(pose, cameras, boxes, margin)
