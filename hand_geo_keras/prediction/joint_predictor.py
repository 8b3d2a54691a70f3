"""Hands in full images by a model with named latent points, boxes given or not."""

from typing import Any

import numpy as np

from hand_geo_keras.geometry.bones import TOTAL_BONE_LENGTH_MM
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.hand_reader import HandReader, Reading, Region
from hand_geo_keras.prediction.hand_search import find_hands, hand_score
from hand_geo_keras.prediction.hand_tracker import HandTracker
from hand_geo_keras.prediction.image_predictor import ImagePredictor
from hand_geo_keras.prediction.locate_hand import locate_by_pixels

_SIDES = {"right": ("right",), "left": ("left",), "any": ("right", "left")}
# With earlier weights, 28 hands of 36 photos of one hand were found, all but one with a
# score of 0.74 and more. With 0.5 most photos have a second hand that is none, with 0.9
# three have; of 20 hands in 10 pairs of those photos 18 were found, all with 0.93 and
# more.
LEAST_SCORE, LEAST_SCORE_BESIDE = 0.7, 0.9


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
        bone_length_mm: Sum of the lengths of all bones, instead of `hand_size_mm`.

    Raises:
        ValueError: If `side` is unknown, a length not positive, or the model has no
            named points.

    Example:
        ```python
        predictor = JointPredictor("hand_128", camera)
        (hand,) = predictor.search(image, "photo.jpg")
        hand.pixels, hand.camera_joints, hand.score
        ```
    """

    sides = tuple(_SIDES)  # type: ignore[assignment]
    assumed_bone_length_mm = TOTAL_BONE_LENGTH_MM  # type: ignore[assignment]

    def __init__(
        self,
        model: Any,
        camera: Camera | None = None,
        side: str = "right",
        hand_size_mm: float | None = None,
        bone_length_mm: Any = None,
    ) -> None:
        super().__init__(camera, side, hand_size_mm, bone_length_mm)
        self.reader = HandReader(model)
        self.compiled = self.reader.compiled

    @property
    def model(self) -> Any:
        """The Keras model, loaded on the first use."""
        return self.compiled.model

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
        return [self.placed(*reading, *rest) for reading, *rest in given]

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
        """Finds hands in one image; list of `HandPrediction`, empty without any.

        Hands beside the most probable one need a higher score than one alone, for most
        photos show one hand.
        """
        camera = self.camera_of(image)
        found = find_hands(
            self.reader, image, camera, _SIDES[self.side], LEAST_SCORE, most
        )
        certain = [item for item in found[1:] if _score_of(item) >= LEAST_SCORE_BESIDE]
        found = found[:1] + certain
        numbered = [(number, *item) for number, item in enumerate(found)]
        return self._all_placed(numbered, camera, source, frame)

    def tracker(self, most: int = 1, in_background: bool = False) -> Any:
        """A function that follows hands through a video's images.

        Args:
            most: Most hands to follow.
            in_background: Whether hands are followed while others are looked for, see
                `HandTracker`.

        Returns:
            Function `(image, source, frame) -> list of HandPrediction`, to be called
            with every image in order. Each hand's `track` is its number, the same
            in all images.
        """
        track = HandTracker(
            self.reader, _SIDES[self.side], most, in_background=in_background
        )

        def follow(image, source="", frame=0):
            camera = self.camera_of(image)
            return self._all_placed(track(image, camera), camera, source, frame)

        return follow

    def _all_placed(self, found, camera, source, frame):
        placed = [
            self.placed(side, reading, camera, source, frame, track)
            for track, side, reading in found
        ]
        return [hand for hand in placed if hand is not None]

    def placed(
        self,
        side: str,
        reading: Reading,
        camera: Camera,
        source: Any,
        frame: int,
        track: int = 0,
    ) -> HandPrediction | None:
        """The `HandPrediction` of a `Reading`; None if it cannot be before the camera.

        Args:
            side: `"right"` or `"left"`, as which it was read.
            reading: `Reading`.
            camera: `Camera` of the image.
            source, frame, track: See `HandPrediction`.
        """
        joints = self.hand_size.scaled(reading.joints)
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
            track=track,
        )


def _score_of(item):
    return hand_score(item[1])
