"""Hands in full images by a model with named latent points, boxes given or not."""

from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.hand_reader import HandReader, Region
from hand_geo_keras.prediction.hand_search import find_hands, hand_score
from hand_geo_keras.prediction.hand_tracker import HandTracker
from hand_geo_keras.prediction.image_predictor import ImagePredictor
from hand_geo_keras.prediction.locate_hand import locate_by_pixels

_MIDDLE_MCP = 9
_SIDES = {"right": ("right",), "left": ("left",), "any": ("right", "left")}


class JointPredictor(ImagePredictor):
    """Finds, reads and places hands.

    The joints' pixels are where the network sees them in the image; `HandPredictor`,
    for models without named points, projects the pose instead.

    Args:
        model: See `load_pose_model`; it must have named latent points.
        camera: `Camera` that took the images. If None its lens is guessed and no
            absolute position is given.
        side: `"right"`, `"left"` or `"any"`: whichever the network holds for more
            probable.
        hand_size_mm: Distance from wrist to middle knuckle of the person, to which
            poses are scaled; that of an average adult if None.

    Raises:
        ValueError: If `side` is unknown, `hand_size_mm` not positive, or the model has
            no named points.

    Example:
        ```python
        predictor = JointPredictor("hand_128", camera)
        (hand,) = predictor.search(image, "photo.jpg")
        hand.pixels, hand.camera_joints, hand.score
        ```
    """

    sides = tuple(_SIDES)  # type: ignore[assignment]

    def __init__(
        self,
        model: Any,
        camera: Camera | None = None,
        side: str = "right",
        hand_size_mm: float | None = None,
    ) -> None:
        super().__init__(camera, side, hand_size_mm)
        self.reader = HandReader(model)
        self.model = self.reader.model

    def cut(self, images: Any, boxes: Any) -> tuple[Any, ...]:
        """The first half of a call; there is nothing to cut before the first pass."""
        cameras = [self.camera_of(image) for image in images]
        return images, cameras, [Region(np.asarray(box, np.float64)) for box in boxes]

    def hands(self, cutouts: Any, sources: Any = None, frames: Any = None) -> list[Any]:
        """The second half of a call: reads and places the hands."""
        images, cameras, regions = cutouts
        sources = sources or [""] * len(images)
        frames = frames or range(len(images))
        given = zip(self._read(images, cameras, regions), cameras, sources, frames)
        return [self._placed(*reading, *rest) for reading, *rest in given]

    def _read(self, images, cameras, regions):
        """`(side, Reading)` of every image; the better one where any side will do."""
        tried = [
            [
                (side, reading)
                for reading in self.reader.read(
                    images, cameras, regions, [side] * len(images)
                )
            ]
            for side in _SIDES[self.side]
        ]
        return [max(sides, key=_score_of) for sides in zip(*tried)]

    def search(
        self, image: np.ndarray, source: Any = "", frame: int = 0, most: int = 1
    ) -> Any:
        """Finds hands in one image; list of `HandPrediction`, empty without any."""
        camera = self.camera_of(image)
        found = find_hands(self.reader, image, camera, _SIDES[self.side], most=most)
        return self._all_placed(found, camera, source, frame)

    def tracker(self, most: int = 1) -> Any:
        """A function that follows hands through a video's images.

        Args:
            most: Most hands to follow.

        Returns:
            Function `(image, source, frame) -> list of HandPrediction`, to be called
            with every image in order.
        """
        track = HandTracker(self.reader, _SIDES[self.side], most)

        def follow(image, source="", frame=0):
            camera = self.camera_of(image)
            return self._all_placed(track(image, camera), camera, source, frame)

        return follow

    def _all_placed(self, found, camera, source, frame):
        placed = [self._placed(*item, camera, source, frame) for item in found]
        return [hand for hand in placed if hand is not None]

    def _placed(self, side, reading, camera, source, frame):
        joints = reading.joints
        if self.hand_size_mm is not None:
            size = np.linalg.norm(joints[_MIDDLE_MCP])
            joints = joints * (self.hand_size_mm / max(size, 1e-6))
        certainty = 1 / np.maximum(reading.spread, 1e-3) ** 2
        wrist = locate_by_pixels(joints, camera, reading.pixels, certainty)
        if not np.isfinite(wrist).all():
            return None
        return HandPrediction(
            source=source,
            frame=int(frame),
            side=side,
            box=reading.region.box,
            pixels=reading.pixels,
            joints=joints,
            wrist=None if self.camera is None else wrist,
            score=hand_score(reading),
            spread=reading.spread,
        )


def _score_of(item):
    return hand_score(item[1])
