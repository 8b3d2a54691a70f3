"""The hands of images, a batch at a time: in given boxes, searched, or followed."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

from hand_geo_keras.geometry.boxes import box_inside_fraction
from hand_geo_keras.prediction.hand_prediction import HandPrediction

BATCH_SIZE = 16
_MIN_INSIDE = 0.25


@dataclasses.dataclass(frozen=True)
class Batch:
    """Some images in a row.

    Args:
        images: List of `(source, frame, image or None)`.
        usable: Numbers of the images that are predicted.
        cutouts: What the predictor cut out of them, or None without any.
        reasons: Dict from the number of each of the others to why it is skipped.
    """

    images: list
    usable: list
    cutouts: object
    reasons: dict

    def skipped(self, reasons: Any) -> list[tuple[str, int, str]]:
        """`(source, frame, reason)` of images, from a dict of their numbers."""
        return [(*self.images[number][:2], why) for number, why in reasons.items()]


class HandsInBoxes:
    """Hands of images in given boxes."""

    def __init__(self, predictor: Any, find: Any) -> None:
        self._predictor, self._find = predictor, find

    def prepared(self, images: Any) -> Iterator[Any]:
        """Yields one `Batch` after the other."""
        for batch in _batches(images):
            boxes, reasons = {}, {}
            for number, (source, frame, image) in enumerate(batch):
                box, reason = _box(self._predictor, self._find, source, frame, image)
                if reason:
                    reasons[number] = reason
                else:
                    boxes[number] = box
            usable = [batch[number][2] for number in boxes]
            cutouts = None
            if boxes:
                cutouts = self._predictor.cut(usable, list(boxes.values()))
            yield Batch(batch, list(boxes), cutouts, reasons)

    def hands(self, batch: Any, skipped: Any) -> list[list[HandPrediction]]:
        """List of `HandPrediction` of every image; adds to the list of skipped ones."""
        skipped += batch.skipped(batch.reasons)
        found = [[] for _ in batch.images]
        if batch.usable:
            usable = (batch.images[number] for number in batch.usable)
            sources, frames, _ = zip(*usable)
            hands = self._predictor.hands(batch.cutouts, sources, frames)
            for number, hand in zip(batch.usable, hands):
                found[number] = [] if hand is None else [hand]
            lost = [number for number in batch.usable if not found[number]]
            skipped += batch.skipped(dict.fromkeys(lost, "hand cannot be placed"))
        return found


class SearchedHands:
    """Hands of images that are searched, or followed from one to the next."""

    def __init__(self, predictor: Any, search: Any) -> None:
        self._predictor, self._search = predictor, search

    def prepared(self, images: Any) -> Iterator[Any]:
        """Yields one `Batch` after the other."""
        for batch in _batches(images):
            checked = [_unusable(self._predictor, image) for *_, image in batch]
            usable = [number for number, reason in enumerate(checked) if not reason]
            reasons = {number: why for number, why in enumerate(checked) if why}
            yield Batch(batch, usable, None, reasons)

    def hands(self, batch: Any, skipped: Any) -> list[list[HandPrediction]]:
        """List of `HandPrediction` of every image; adds to the list of skipped ones."""
        skipped += batch.skipped(batch.reasons)
        found = [[] for _ in batch.images]
        for number in batch.usable:
            source, frame, image = batch.images[number]
            found[number] = self._search(image, source, frame)
            if not found[number]:
                skipped += batch.skipped({number: "no hand found"})
        return found


def _batches(images):
    images = iter(images)
    while batch := list(itertools.islice(images, BATCH_SIZE)):
        yield batch


def _unusable(predictor, image):
    """The reason to skip an image, or None."""
    if image is None:
        return "unreadable"
    camera = predictor.camera
    if camera is not None and camera.resolution != image.shape[1::-1]:
        return "of another size than the camera"
    return None


def _box(predictor, find, source, frame, image):
    """The box of an image, or the reason to skip it."""
    reason = _unusable(predictor, image)
    if reason:
        return None, reason
    box = find(source, frame, predictor.camera, image)
    if box is None:
        return None, "no hand box"
    if box_inside_fraction(box, image.shape[1::-1]) < _MIN_INSIDE:
        return None, "box outside the image"
    return box, None
