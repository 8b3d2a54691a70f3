"""A hand detector made of a model that finds hands, for models that need boxes."""

from typing import Any

import numpy as np

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
        self._side, self._model, self._follows = side, model, follow
        self._finders: dict[Any, Any] = {}
        self._finder(None)  # what is wrong is said at once

    def __call__(self, camera: Any, image: np.ndarray) -> np.ndarray | None:
        """The box of the hand in an image of a camera.

        Args:
            camera: `Camera`, or None if it is unknown.
            image: `[H, W, 3]` uint8 RGB.

        Returns:
            `[3]` float64 `(centre x, centre y, side)` in pixels, or None.
        """
        hands = self._finder(camera)(image)
        return hands[0].box if hands else None

    def _finder(self, camera):
        name = camera and camera.name
        if name not in self._finders:
            predictor = JointPredictor(self._model, camera, self._side)
            find = predictor.tracker() if self._follows else predictor.search
            self._finders[name] = find
        return self._finders[name]
