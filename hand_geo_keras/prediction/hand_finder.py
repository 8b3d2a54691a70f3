"""Finds the hand in a whole image, with a model that can."""

import collections
import threading
from typing import Any

import numpy as np

from hand_geo_keras.geometry import Camera
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.joint_predictor import JointPredictor

PRESET = "hand_128"
_STREAMS = 64  # are followed at most; the one looked at longest ago is given up


class HandFinder:
    """Looks for the most probable hand, or follows it from image to image.

    Safe to be called from several threads: searches run one at a time.

    Args:
        model: Model with named latent points, see `load_pose_model`; the preset is
            loaded when it is first needed.
        side: `"right"`, `"left"` or `"any"`: whichever is more probable.

    Example:
        ```python
        hand = HandFinder().find(image)
        hand.box, hand.side, hand.score
        ```
    """

    def __init__(self, model: Any = PRESET, side: str = "any") -> None:
        self.model, self._side = model, side
        self._trackers: collections.OrderedDict[str, Any] = collections.OrderedDict()
        self._lock = threading.Lock()

    def find(
        self, image: np.ndarray, camera: Camera | None = None
    ) -> HandPrediction | None:
        """The most probable hand of an image.

        Args:
            image: `[H, W, 3]` uint8 RGB.
            camera: `Camera` of the image; its lens is guessed if None.

        Returns:
            `HandPrediction`, or None if there is no hand.
        """
        with self._lock:
            hands = self._predictor(camera).search(image)
        return hands[0] if hands else None

    def read(
        self, image: np.ndarray, box: Any, camera: Camera | None = None
    ) -> HandPrediction | None:
        """As `find`, where the hand's box is known and its side is not."""
        with self._lock:
            (hand,) = self._predictor(camera)([image], [box])
        return hand

    def follow(
        self, stream: str, image: np.ndarray, camera: Camera | None = None
    ) -> HandPrediction | None:
        """As `find`, for the next image of a stream; much faster while it is seen.

        Args:
            stream: What the images have in common, such as a camera's name.
            image, camera: See `find`.
        """
        with self._lock:
            if stream not in self._trackers:
                self._trackers[stream] = self._predictor(camera).tracker()
            self._trackers.move_to_end(stream)
            while len(self._trackers) > _STREAMS:
                self._trackers.popitem(last=False)
            hands = self._trackers[stream](image)
        return hands[0] if hands else None

    def forget(self, stream: str) -> None:
        """Lets the next image of a stream be its first."""
        with self._lock:
            self._trackers.pop(stream, None)

    def _predictor(self, camera):
        return JointPredictor(self.model, camera, self._side)
