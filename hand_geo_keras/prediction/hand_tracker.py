"""Follows hands through a video: each frame is read where the last one saw the hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.hand_reader import HandReader
from hand_geo_keras.prediction.hand_search import find_hands, hand_score

# A hand that was there a moment ago needs less evidence than one that is found.
_KEEP = 0.05
_SEARCH_EVERY = 5  # frames between two searches while no hand is there


class HandTracker:
    """Reads the hands of consecutive images of one camera, without given boxes.

    A hand is read in one pass where the last image had it, and looked for in the whole
    image when it is lost; that takes a hundred times as long, so it happens only now
    and then while there is none.

    Args:
        reader: `HandReader`.
        sides: Sides to look for.
        most: Most hands to follow.

    Example:
        ```python
        track = HandTracker(reader, sides=("right",))
        for image in video:
            for side, reading in track(image, camera):
                print(side, reading.pixels)
        ```
    """

    def __init__(
        self,
        reader: HandReader,
        sides: Sequence[str] = ("right", "left"),
        most: int = 1,
    ) -> None:
        self.reader, self.sides, self.most = reader, tuple(sides), most
        self._followed, self._wait = [], 0

    def __call__(self, image: np.ndarray, camera: Camera) -> list[Any]:
        """Reads the next image.

        Args:
            image: `[H, W, 3]` uint8 RGB.
            camera: `Camera` of the image.

        Returns:
            list of `(side, Reading)`.
        """
        found = self._follow(image, camera)
        if len(found) < self.most:
            found += self._search(image, camera, found)
        self._followed = [(side, reading.region) for side, reading in found]
        return found

    def _follow(self, image, camera):
        if not self._followed:
            return []
        sides, regions = zip(*self._followed)
        count = len(sides)
        readings = self.reader.read(
            [image] * count, [camera] * count, regions, sides, passes=1
        )
        return [
            (side, reading)
            for side, reading in zip(sides, readings)
            if hand_score(reading) > _KEEP
        ]

    def _search(self, image, camera, known):
        """Hands that are not followed yet; not in every frame."""
        lost_now = len(known) < len(self._followed)
        if self._wait and not lost_now:
            self._wait -= 1
            return []
        self._wait = _SEARCH_EVERY - 1
        found = find_hands(self.reader, image, camera, self.sides, most=self.most)
        known_sides = {side for side, _ in known}
        free = [item for item in found if item[0] not in known_sides]
        return free[: self.most - len(known)]
