"""Where the page's hands come from: samples, uploads, a webcam, a recording."""

import collections
import hashlib
import threading
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import cv2

from hand_geo_keras.viewer.page import request_fields as fields
from hand_geo_keras.viewer.page.encoded_hand import rounded
from hand_geo_keras.viewer.page.hand_image import HandImage
from hand_geo_keras.viewer.page.images import jpeg_url
from hand_geo_keras.viewer.page.recording_frames import RecordingFrames
from hand_geo_keras.viewer.page.request_error import RequestError
from hand_geo_keras.viewer.page.samples import Sample

_KEPT_SEARCHES = 16
_SHOWN_WIDTH = 640  # of a recording's whole frames
_NO_HAND = "No hand was found in this image; put the frame around it yourself."


class HandSources:
    """Turns requests into images with a hand.

    Each method returns `(HandImage, HandPrediction)`, the second where the hand was
    found, else None; both are None where there is no hand.

    Args:
        samples: List of `Sample`.
        finder: `HandFinder`.
        recording: `Recording`, or None.
    """

    def __init__(
        self, samples: Sequence[Sample], finder: Any, recording: Any = None
    ) -> None:
        self.samples = list(samples)
        self.finder = finder
        self.frames = recording and RecordingFrames(recording, finder)
        self._searches: collections.OrderedDict[bytes, Any] = collections.OrderedDict()
        self._lock = threading.Lock()

    def sample(self, number: Any) -> Sample:
        """The `Sample` of a number.

        Raises:
            RequestError: If there is no such sample.
        """
        # bool is an int to Python, but no number to a person.
        if type(number) is not int or not 0 <= number < len(self.samples):
            raise RequestError(
                f"The sample must be a number from 0 to {len(self.samples) - 1}."
                if self.samples
                else "There are no samples."
            )
        return self.samples[number]

    def find(self, request: dict[Any, Any]) -> dict[str, Any]:
        """What the page is told of the hand in an upload, as JSON's types."""
        image = fields.image_of(request)
        height, width = image.shape[:2]
        found = self._search(request["image"], image)
        hand = found and {
            "box": rounded(found.box),
            "side": found.side,
            "score": found.score,
        }
        return {"width": width, "height": height, "hand": hand}

    def chosen(self, request: dict[Any, Any]) -> tuple[Any, Any]:
        """The hand of a sample or of an upload, in the given box or where it is found.

        Raises:
            RequestError: If the request makes no sense, or no hand is found.
        """
        if "sample" in request:
            return self.sample(request["sample"]).hand_image, None
        image = fields.image_of(request)
        box, side = fields.box_of(request, image), fields.side_of(request)
        if box is not None:
            return HandImage(image, box, side, source="image"), None
        found = self._search(request["image"], image)
        if found is None:
            raise RequestError(_NO_HAND, HTTPStatus.UNPROCESSABLE_ENTITY)
        return _found_hand(image, found)

    def followed(self, request: dict[Any, Any]) -> tuple[Any, Any]:
        """The hand in the next image of a webcam."""
        image = fields.image_of(request)
        stream = f"webcam {fields.text_of(request, 'stream')}"
        return _found_hand(image, self.finder.follow(stream, image))

    def frame(self, request: dict[Any, Any]) -> tuple[Any, Any, dict[str, Any]]:
        """The hand in a frame of the recording, and what the page is told of both.

        Returns:
            `(HandImage, HandPrediction, dict)`.

        Raises:
            RequestError: If there is no such frame.
        """
        if self.frames is None:
            raise RequestError("There is no recording.", HTTPStatus.NOT_FOUND)
        name, number = request.get("camera"), request.get("frame")
        camera, image = self.frames.image(name, number)
        box, side = fields.box_of(request, image), fields.side_of(request)
        given, found = self.frames.hand(camera, number, image, box, side)
        height, width = image.shape[:2]
        seen = {"camera": name, "frame": number, "whole": jpeg_url(_reduced(image))}
        seen |= {"width": width, "height": height}
        return given, found, seen

    def _search(self, text, image):
        """What is found in an upload; the same upload is searched once."""
        key = hashlib.sha256(text.encode()).digest()
        with self._lock:
            if key in self._searches:
                return self._searches[key]
        found = self.finder.find(image)
        with self._lock:
            self._searches[key] = found
            while len(self._searches) > _KEPT_SEARCHES:
                self._searches.popitem(last=False)
        return found


def _found_hand(image, found):
    if found is None:
        return None, None
    return HandImage(image, found.box, found.side, source="image"), found


def _reduced(image):
    """The image at most so large as it is shown."""
    scale = _SHOWN_WIDTH / image.shape[1]
    if scale >= 1:
        return image
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
