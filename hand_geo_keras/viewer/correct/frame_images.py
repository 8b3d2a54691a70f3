"""Frames of all cameras as JPEG, decoded once and kept."""

import base64
import collections
import threading
from collections.abc import Iterable

import cv2

from hand_geo_keras.datasets.prepare import synchronised_frames
from hand_geo_keras.recordings.recording import Recording

_QUALITY = 88


class FrameImages:
    """JPEG images of frames, those that are wanted most decoded ahead.

    Videos are decoded from their start, so that one pass for many frames is far
    cheaper than one for each.

    Args:
        recording: `Recording`.
        most: Number of frames that are kept.

    Example:
        ```python
        images = FrameImages(recording)
        images.load_ahead([12, 80, 205])
        images.urls(80)  # one per camera, None where there is no image
        ```
    """

    def __init__(self, recording: Recording, most: int = 256) -> None:
        self._recording, self._most = recording, most
        self._kept = collections.OrderedDict()
        self._lock = threading.Lock()

    def load_ahead(self, frames: Iterable[int]) -> None:
        """Decodes frames in the background, in one pass."""
        wanted = sorted(set(frames))[: self._most]
        threading.Thread(target=self._load, args=(wanted,), daemon=True).start()

    def urls(self, frame: int) -> list[str | None]:
        """`data:` URLs of a frame's images, one per camera or None."""
        with self._lock:
            if frame in self._kept:
                self._kept.move_to_end(frame)
                return self._kept[frame]
        self._load([frame])
        with self._lock:
            return self._kept[frame]

    def _load(self, frames):
        for frame, images in synchronised_frames(self._recording, frames):
            urls = [_url(images[camera.name]) for camera in self._recording.cameras]
            with self._lock:
                self._kept[frame] = urls
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)


def _url(image):
    if image is None:
        return None
    quality = (cv2.IMWRITE_JPEG_QUALITY, _QUALITY)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), quality)
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()
