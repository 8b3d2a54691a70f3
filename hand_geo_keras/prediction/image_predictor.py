"""What every predictor of hands in full images shares: its camera, side and size."""

import dataclasses
import functools
from typing import Any

import numpy as np

from hand_geo_keras.geometry import Camera
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.hand_size import HandSize

# 53 degrees across the longer side, between phones and webcams.
_NOMINAL_FOCAL = 1.0


class ImagePredictor:
    """Predicts hands in full images, given a box around each.

    A call is made of two halves, so that the first can run ahead in a thread of its
    own: `cut(images, boxes)`, then `hands(cutouts, sources, frames)`. Subclasses give
    both.

    Args:
        camera: `Camera` that took the images. If None its lens is guessed and no
            absolute position is given.
        side: One of `sides`.
        hand_size_mm: Distance from wrist to middle knuckle in mm, or None.
        bone_length_mm: Sum of the lengths of all bones, instead of `hand_size_mm`.

    Attributes:
        assumed_bone_length_mm: Total bone length in mm that the model gives every hand;
            None where it learned the size of hands from its labels.

    Raises:
        ValueError: If `side` is unknown or a length is not positive.
    """

    sides = ("right", "left")
    assumed_bone_length_mm = None

    def __init__(
        self,
        camera: Camera | None,
        side: str,
        hand_size_mm: float | None,
        bone_length_mm: Any = None,
    ) -> None:
        if side not in self.sides:
            raise ValueError(
                f"`side` must be one of {sorted(self.sides)}. Received: side={side!r}"
            )
        # Everything here happens in the camera's own frame.
        self.camera = camera and dataclasses.replace(camera, R=np.eye(3), t=np.zeros(3))
        self.side, self.hand_size = side, HandSize(hand_size_mm, bone_length_mm)

    def __call__(
        self, images: Any, boxes: Any, sources: Any = None, frames: Any = None
    ) -> list[HandPrediction]:
        """Predicts the hands of some images.

        Args:
            images: List of `[H, W, 3]` uint8 RGB images.
            boxes: One box `(centre x, centre y, side)` in pixels per image.
            sources: Optional names of the images.
            frames: Optional frame indices.

        Returns:
            list of `HandPrediction`, one per image; None where the hand cannot be
            placed in front of the camera.
        """
        if not len(images):
            return []
        return self.hands(self.cut(images, boxes), sources, frames)  # type: ignore[attr-defined]

    def camera_of(self, image: np.ndarray) -> Any:
        """The `Camera` of an image, which is a guess where none was given."""
        return self.camera or nominal_camera(image)


def nominal_camera(image: np.ndarray) -> Camera:
    """A guess at the camera of an image: 53 degrees wide, without distortion."""
    return _nominal_camera(*image.shape[:2])


@functools.lru_cache(maxsize=64)  # checking a camera takes as long as cutting a crop
def _nominal_camera(height, width):
    focal = _NOMINAL_FOCAL * max(width, height)
    K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    return Camera("unknown", K, np.zeros(5), np.eye(3), np.zeros(3), (width, height))
