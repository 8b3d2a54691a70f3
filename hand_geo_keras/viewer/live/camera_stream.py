"""The newest image of a webcam, or of a video that is played like one."""

import dataclasses
import threading
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import RecordingError

_UNKNOWN_FPS = 30.0
# A camera that gives no image so many times in a row is gone.
_MOST_FAILURES = 30


@dataclasses.dataclass(frozen=True, eq=False)
class CameraImage:
    """One image of a camera.

    Args:
        number: How many images the camera had given before.
        time: When it was taken, in seconds of `time.perf_counter`.
        ready: When it was decoded, likewise.
        decode_s: How long reading and decoding it took, in seconds.
        image: `[H, W, 3]` uint8 RGB.
    """

    number: int
    time: float
    ready: float
    decode_s: float
    image: np.ndarray


class CameraStream:
    """Reads a camera in a thread of its own and keeps its newest image only.

    So whoever is slower than the camera sees it late by one image, not by a queue of
    them. A video is played at its own frame rate, and frames for which nobody was ready
    are left out, just as a camera would do.

    Args:
        source: Number of a device, or path of a video.

    Attributes:
        fps: Frames per second that it states; 30 where it does not.

    Raises:
        RecordingError: If there is no such camera or the video cannot be opened.

    Example:
        ```python
        with CameraStream(0) as stream:
            for taken in stream:
                show(taken.image)
        ```
    """

    def __init__(self, source: Any) -> None:
        self._is_device = str(source).isdecimal()
        self._video = cv2.VideoCapture(int(source) if self._is_device else str(source))
        if not self._video.isOpened():
            what = f"camera {source}" if self._is_device else str(source)
            raise RecordingError(
                f"{what}: cannot be opened; give the number of a connected camera that "
                "no other program uses, or the path of a video."
            )
        if self._is_device:
            self._video.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        stated = self._video.get(cv2.CAP_PROP_FPS)
        self.fps = stated if 1 <= stated <= 1000 else _UNKNOWN_FPS
        self._newest, self._ended = None, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        with self._changed:
            self._ended = True
        self._thread.join()
        self._video.release()

    def __iter__(self) -> Iterator[Any]:
        """Yields each newest `CameraImage` once, until the camera ends."""
        last = -1
        while (taken := self._newer_than(last)) is not None:
            last = taken.number
            yield taken

    def _newer_than(self, last):
        """Waits for a newer image; None when the camera has ended without one."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._number() > last)
            return self._newest if self._number() > last else None

    def _number(self):
        return -1 if self._newest is None else self._newest.number

    def _read(self):
        number, failures, begin = 0, 0, time.perf_counter()
        try:
            while not self._ended and failures < _MOST_FAILURES:
                if not self._is_device:  # a camera blocks until there is an image
                    due = begin + number / self.fps
                    time.sleep(max(0.0, due - time.perf_counter()))
                taken = self._take(number)
                if taken is None:
                    failures = failures + 1 if self._is_device else _MOST_FAILURES
                    continue
                number, failures = number + 1, 0
                with self._changed:
                    self._newest = taken
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _take(self, number):
        start = time.perf_counter()
        if not self._video.grab():
            return None
        grabbed = time.perf_counter()
        good, image = self._video.retrieve()
        if not good:
            return None
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        # Grabbing waits for a camera's next image, but decodes a video's.
        begin, ready = grabbed if self._is_device else start, time.perf_counter()
        return CameraImage(number, grabbed, ready, ready - begin, image)
