"""What finds the joints of a hand in the images of one camera."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.geometry.boxes import square_box
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.hand_reader import HandReader, Region, region_around
from hand_geo_keras.prediction.hand_search import hand_score
from hand_geo_keras.prediction.hand_tracker import HandTracker

# Heatmaps are about twice as wide as the errors of their means: 18 px and 8 to 11 px in
# a recording of a desk.
_SPREAD_TO_STD = 0.5
_FLOOR = 0.01  # least std, of the box's side
# Readings that score less are tried from all rolls: some are right only upside down.
_DOUBTFUL = 0.3
_ROLLS = np.linspace(0, 2 * np.pi, 8, endpoint=False)
# Of MediaPipe's landmarks, which come without a measure of doubt; of the box's side.
_LANDMARK_STD = 0.025
# Rarer than in prediction: other views and later frames tell where a lost hand was.
_SEARCH_EVERY = 10
# Relative size and further roll in radians of the crops that look again at a hand.
_LOOKS = ((1.0, 0.0), (1.0, 0.35), (1.1, -0.35), (1.2, 0.1), (0.92, -0.1))


@dataclasses.dataclass(frozen=True, eq=False)
class ViewHand:
    """A hand as one camera sees it.

    Args:
        pixels: `[21, 2]` float64 joints in pixels of the image.
        std: `[21]` float64 std in pixels.
        score: How probable it is that there is such a hand, 0..1.
        shape: `[21, 3]` joints in mm relative to the wrist, in the world's axes, as
            this view alone takes them to be; None if it cannot tell.
    """

    pixels: np.ndarray
    std: np.ndarray
    score: float
    shape: np.ndarray | None = None


class PresetReader:
    """Finds and follows hands by a model with named latent points.

    Args:
        model: See `load_pose_model`, for example `"hand_128"`.
        side: `"right"` or `"left"`, the hand to look for.

    Raises:
        ValueError: If the model has no named points.
        WeightsError: If there is no such model.
    """

    looks_again = True

    def __init__(self, model: str | Path = "hand_128", side: str = "right") -> None:
        self.name, self.side = f"{model} {side} {_age(model)}", side
        self._reader = HandReader(model)

    def follower(self) -> Callable[[Camera, np.ndarray], ViewHand | None]:
        """Function `(camera, image) -> ViewHand or None` for successive images."""
        track = HandTracker(self._reader, (self.side,), search_every=_SEARCH_EVERY)

        def follow(camera, image):
            found = track(image, camera)
            return self._merged(camera, [found[0][2]]) if found else None

        return follow

    def look_again(
        self,
        cameras: Sequence[Camera],
        images: Sequence[np.ndarray],
        pixels: Sequence[np.ndarray],
    ) -> list[ViewHand]:
        """Reads hands whose place is known roughly, in several crops each.

        Args:
            cameras: V `Camera` objects.
            images: V `[H, W, 3]` uint8 RGB.
            pixels: V `[21, 2]` where the joints are expected.

        Returns:
            list of V `ViewHand`.
        """
        regions = [_looks_at(expected) for expected in pixels]
        count = len(_LOOKS)
        readings = self._reader.read(
            [image for image in images for _ in _LOOKS],
            [camera for camera in cameras for _ in _LOOKS],
            [region for looks in regions for region in looks],
            [self.side] * (count * len(images)),
            passes=1,
        )
        hands = []
        for view, camera in enumerate(cameras):
            hand = self._merged(camera, readings[count * view : count * (view + 1)])
            if hand.score < _DOUBTFUL:
                hand = self._rolled(camera, images[view], regions[view][0], hand)
            hands.append(hand)
        return hands

    def _rolled(self, camera, image, region, hand):
        """The best reading from all rolls, if it is better than the one there is."""
        count = len(_ROLLS)
        readings = self._reader.read(
            [image] * count,
            [camera] * count,
            [Region(region.box, region.roll + roll) for roll in _ROLLS],
            [self.side] * count,
            passes=2,
        )
        best = max(readings, key=hand_score)
        return self._merged(camera, [best]) if hand_score(best) > hand.score else hand

    def _merged(self, camera, readings):
        """The mean of several readings; where they differ is where it is uncertain."""
        pixels = np.stack([reading.pixels for reading in readings])
        spread = np.stack([reading.spread for reading in readings])
        weights = 1 / np.maximum(spread, 1e-3) ** 2
        weights /= weights.sum(0)
        mean = (weights[..., None] * pixels).sum(0)
        variance = (weights[..., None] * (pixels - mean) ** 2).sum((0, 2))
        variance += (_SPREAD_TO_STD * (weights * spread).sum(0)) ** 2
        variance += (_FLOOR * readings[0].region.box[2]) ** 2
        score = float(np.mean([hand_score(reading) for reading in readings]))
        shape = np.mean([reading.joints for reading in readings], axis=0) @ camera.R
        return ViewHand(mean, np.sqrt(variance), score, shape)


def _age(model):
    """When the files of a model were last written; nothing for a preset's name."""
    path = Path(str(model))
    files = [path, *path.glob("*")] if path.exists() else []
    return max((file.stat().st_mtime_ns for file in files), default="")


def _looks_at(pixels):
    region = region_around(pixels)
    return [
        Region(region.box * [1, 1, size], region.roll + roll) for size, roll in _LOOKS
    ]


class LandmarkReader:
    """Takes the landmarks of a detector that looks at each image by itself.

    Args:
        detector: `MediaPipeDetector`, or whatever else has `landmarks(image)`.
        name: What it is called in files.
    """

    looks_again = False

    def __init__(self, detector: Any, name: str = "mediapipe") -> None:
        self.name = name
        self._detector = detector

    def follower(self) -> Callable[[Camera, np.ndarray], ViewHand | None]:
        """Function `(camera, image) -> ViewHand or None`."""

        def find(camera, image):
            pixels = self._detector.landmarks(image)
            if pixels is None:
                return None
            std = np.full(len(pixels), _LANDMARK_STD * square_box(pixels, 0.4)[2])
            return ViewHand(np.asarray(pixels, np.float64), std, 1.0)

        return find
