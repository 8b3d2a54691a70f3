"""Follows hands through a video: each frame is read where the last one saw the hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.background_search import BackgroundSearch
from hand_geo_keras.prediction.hand_reader import HandReader
from hand_geo_keras.prediction.hand_search import find_hands, hand_score, is_near

# A hand that was there a moment ago needs less evidence than one that is found.
_KEEP = 0.05
# Small hands, which cost most, are looked for in every so many of the searches: while
# hands are missing, and where what is followed is probably none.
_SMALL_EVERY = 3
# Frames between two searches while some hands are there, but not all.
_LOOK_FOR_MORE_EVERY = 15
# A followed thing whose mean score is below the first number may be no hand: every so
# many frames it gives way to a hand elsewhere whose score is higher by the second.
_DOUBTFUL, _BETTER_BY, _DOUBT_EVERY = 0.9, 0.1, 30
# Below this it is more likely none, such as paper, while a hand may be in view.
_UNLIKELY, _UNLIKELY_EVERY = 0.75, 10
_MEAN_OVER = 10  # frames
# Mean distance of the joints of two tracks, in sides of their box, below which both are
# on one hand. Hands that touch or cross are much further apart, joint by joint.
_ONE_HAND = 0.15


class HandTracker:
    """Reads the hands of consecutive images of one camera, without given boxes.

    A hand is read in one pass where the last image had it, and looked for in the whole
    image when it is lost; that takes a hundred times as long, so it happens only now
    and then. Each hand has a number and a side that it keeps. One that is found takes
    the number of the nearest lost hand of its side, else a new one. Of two tracks that
    have come onto one hand, the more probable is kept; one that is probably no hand
    gives way to a more probable one elsewhere.

    Args:
        reader: `HandReader`.
        sides: Sides to look for.
        most: Most hands to follow.
        search_every: Frames between two searches while no hand is there.
        in_background: Whether hands are followed while a search runs, for live images:
            hands are then found some images later, how many depends on the computer.

    Raises:
        ValueError: If `most` is not positive.

    Example:
        ```python
        track = HandTracker(reader, most=2)
        for image in video:
            for number, side, reading in track(image, camera):
                print(number, side, reading.pixels)
        ```
    """

    def __init__(
        self,
        reader: HandReader,
        sides: Sequence[str] = ("right", "left"),
        most: int = 1,
        search_every: int = 5,
        in_background: bool = False,
    ) -> None:
        if most < 1:
            raise ValueError(f"At least one hand must be wanted. Received: most={most}")
        self.reader, self.sides, self.most = reader, tuple(sides), most
        self._search_every = search_every
        self._background = BackgroundSearch(reader) if in_background else None
        self._followed, self._wait, self._searches = [], 0, 0
        self._lost = {}  # number -> (side, region) where it was last
        self._scores = {}  # number -> mean score of late
        self._count = 0

    def __call__(self, image: np.ndarray, camera: Camera) -> list[Any]:
        """Reads the next image.

        Args:
            image: `[H, W, 3]` uint8 RGB.
            camera: `Camera` of the image.

        Returns:
            list of `(number, side, Reading)`, by number.
        """
        found = self._follow(image, camera)
        is_missing = len(found) < self.most
        is_due = self._is_due(found) if is_missing else self._is_in_doubt(found)
        free = self._free_hands(image, camera, found, is_due)
        if is_missing:
            found += self._numbered(free[: self.most - len(found)], found)
        elif free:
            found = self._with_better(found, free)
        self._remember(found)
        return sorted(found, key=lambda item: item[0])

    def _follow(self, image, camera):
        if not self._followed:
            return []
        numbers, sides, regions = zip(*self._followed)
        count = len(sides)
        readings = self.reader.read(
            [image] * count, [camera] * count, regions, sides, passes=1
        )
        found = [
            item
            for item in zip(numbers, sides, readings)
            if hand_score(item[2]) > _KEEP
        ]
        return _on_different_hands(found)

    def _is_due(self, found):
        """Whether to look for hands that are not followed; not in every frame."""
        lost_now = len(found) < len(self._followed)
        if self._wait and not lost_now:
            self._wait -= 1
            return False
        self._wait = (_LOOK_FOR_MORE_EVERY if found else self._search_every) - 1
        return True

    def _is_in_doubt(self, found):
        """Whether it is time to compare a doubtful hand with what else there is."""
        self._wait -= 1
        lowest = min(self._score(*item) for item in found)
        if self._wait > 0 or lowest >= _DOUBTFUL:
            return False
        self._wait = _DOUBT_EVERY if lowest >= _UNLIKELY else _UNLIKELY_EVERY
        return True

    def _with_better(self, found, free):
        """Replaces the most doubtful hand by a clearly more probable one elsewhere."""
        weakest = min(found, key=lambda item: self._score(*item))
        needed = self._score(*weakest) + _BETTER_BY
        better = [item for item in free if hand_score(item[1]) > needed]
        if not better:
            return found
        return [i for i in found if i is not weakest] + self._numbered(
            better[:1], found
        )

    def _free_hands(self, image, camera, known, is_due):
        """`(side, Reading)` of hands in the whole image that are not known yet."""
        found = self._background.results(image, camera) if self._background else []
        if is_due:
            most, small = self.most + len(known), self._small_are_due(known)
            if self._background:
                self._background.start(image, camera, self.sides, most, small)
            else:
                found = find_hands(
                    self.reader, image, camera, self.sides, most=most, small=small
                )
        return [
            (side, reading)
            for side, reading in found
            if not any(is_near(reading, other) for *_, other in known)
        ]

    def _small_are_due(self, known):
        """Whether this search looks for small hands, too."""
        if len(known) == self.most and min(self._score(*i) for i in known) >= _UNLIKELY:
            return False
        self._searches += 1
        return self._searches % _SMALL_EVERY == 1

    def _numbered(self, free, known):
        used, numbered = {number for number, *_ in known}, []
        for side, reading in free:
            number = self._number(side, reading, used)
            used.add(number)
            numbered.append((number, side, reading))
        return numbered

    def _number(self, side, reading, used):
        """The number of the nearest lost hand of this side, else a new one."""
        distances = {
            number: np.linalg.norm(region.box[:2] - reading.region.box[:2])
            for number, (last_side, region) in self._places().items()
            if last_side == side and number not in used
        }
        if distances:
            return min(distances, key=distances.get)
        self._count += 1
        return self._count - 1

    def _places(self):
        """Where each hand was last; those of the image before may be lost just now."""
        return self._lost | {n: (side, region) for n, side, region in self._followed}

    def _score(self, number, side, reading):
        """Mean score of a hand over the last frames, with this reading."""
        score = hand_score(reading)
        mean = self._scores.get(number, score)
        return mean + (score - mean) / _MEAN_OVER

    def _remember(self, found):
        self._scores = {item[0]: self._score(*item) for item in found}
        self._lost = self._places()
        self._followed = [(n, side, reading.region) for n, side, reading in found]
        for number, *_ in found:
            self._lost.pop(number, None)


def _on_different_hands(found):
    """Drops the less probable of two tracks that have come onto one hand."""
    kept = []
    for item in sorted(found, key=lambda item: -hand_score(item[2])):
        if all(_joint_distance(item[2], other) > _ONE_HAND for *_, other in kept):
            kept.append(item)
    return kept


def _joint_distance(one, other):
    """Mean distance of the same joints of two readings, in sides of their box."""
    distance = np.linalg.norm(one.pixels - other.pixels, axis=-1).mean()
    return distance / max(one.region.box[2], other.region.box[2])
