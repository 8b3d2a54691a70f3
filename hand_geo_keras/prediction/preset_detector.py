"""A hand detector made of a model that finds hands, for models that need boxes."""

from typing import Any

import numpy as np

from hand_geo_keras.prediction.hand_finder import HandFinder
from hand_geo_keras.prediction.joint_predictor import JointPredictor


class PresetDetector:
    """Finds the hand of one side, for models without named latent points.

    Args:
        side: `"right"` or `"left"`: as which hand the other model will read it.
        model: Model with named latent points, see `load_pose_model`.
        follow: Whether the images of a camera are consecutive: the hand is then
            followed, which is a hundred times as fast as a search.

    Raises:
        ValueError: If the side is unknown or the model cannot search.

    Example:
        ```python
        detect = PresetDetector("right")
        predict_video("runs/my_rig", "clip.mp4", detect)
        ```
    """

    def __init__(
        self, side: str = "right", model: Any = "hand_128", follow: bool = True
    ) -> None:
        self._finder, self._follows = HandFinder(model, side), follow
        JointPredictor(model, side=side)  # what is wrong is said at once

    def __call__(self, camera: Any, image: np.ndarray) -> np.ndarray | None:
        """The box of the hand in an image of a camera.

        Args:
            camera: `Camera`, or None if it is unknown.
            image: `[H, W, 3]` uint8 RGB.

        Returns:
            `[3]` float64 `(centre x, centre y, side)` in pixels, or None.
        """
        if self._follows:
            stream = camera.name if camera else ""
            hand = self._finder.follow(stream, image, camera)
        else:
            hand = self._finder.find(image, camera)
        return hand.box if hand else None
