"""Looks for hands in a whole image while the images after it are already followed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.hand_reader import HandReader
from hand_geo_keras.prediction.hand_search import LEAST_SCORE, find_hands, hand_score

# A hand has moved on since the image in which it was found.
_PASSES = 2


class BackgroundSearch:
    """Runs `find_hands` in a thread, one image at a time.

    A search takes as long as dozens of images of a webcam, which would stand still
    meanwhile. What it finds is read again in the newest image.

    Args:
        reader: `HandReader`.

    Example:
        ```python
        search = BackgroundSearch(reader)
        for image in webcam:
            found = search.results(image, camera)  # mostly empty
            search.start(image, camera, ["right"], most=1, small=True)
        ```
    """

    def __init__(self, reader: HandReader) -> None:
        self._reader = reader
        self._executor = ThreadPoolExecutor(1)
        self._running: Any = None
        self._is_told = False

    def start(
        self,
        image: np.ndarray,
        camera: Camera,
        sides: Sequence[str],
        most: int,
        small: bool,
    ) -> None:
        """Begins to search an image, unless another one is being searched.

        Args:
            image: `[H, W, 3]` uint8 RGB; it must not be changed afterwards.
            camera: `Camera` of the image.
            sides, most, small: See `find_hands`.
        """
        if self._running is not None:
            return
        self._is_told = len(sides) == 1
        self._running = self._executor.submit(
            find_hands, self._reader, image, camera, sides, most=most, small=small
        )

    def results(self, image: np.ndarray, camera: Camera) -> Sequence[Any]:
        """What a search that has just ended found, as it is in the newest image.

        Args:
            image: `[H, W, 3]` uint8 RGB, the newest.
            camera: `Camera` of the image.

        Returns:
            List of `(side, Reading)`, the most probable first; empty while nothing has
            ended, and where hands have moved away from where they were found.
        """
        if self._running is None or not self._running.done():
            return []
        found, self._running = self._running.result(), None
        if not found:
            return []
        sides = [side for side, _ in found]
        readings = self._reader.read(
            [image] * len(found),
            [camera] * len(found),
            [reading.region for _, reading in found],
            sides,
            passes=_PASSES,
        )
        scored = [
            (hand_score(reading, self._is_told), side, reading)
            for side, reading in zip(sides, readings)
        ]
        scored.sort(key=lambda item: -item[0])
        return [item[1:] for item in scored if item[0] >= LEAST_SCORE]
