"""Small grey images of all cameras' frames, in which faults of time are looked for."""

import concurrent.futures
import dataclasses
import functools
import os
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.recordings.recording import Recording

_SIDE = 160
# Of all cameras together: about a minute of decoding.
_MOST_FRAMES = 12000
# The brightest of so many percent of the pixels, and those that change most.
_BRIGHT, _DARK, _MOST_CHANGED = 99.5, 0.5, 99.8


@dataclasses.dataclass(frozen=True, eq=False)
class CameraScan:
    """The first T frames of one camera, reduced.

    Args:
        thumbs: `[T, h, w]` uint8 grey; that of the frame before where one is missing.
        known: `[T]` bool, False where the frame is missing or unreadable.
    """

    thumbs: np.ndarray
    known: np.ndarray

    @functools.cached_property
    def extremes(self) -> np.ndarray:
        """`[T, 2]` grey levels of the darkest and the brightest pixels."""
        return np.stack(
            [np.percentile(thumb, (_DARK, _BRIGHT)) for thumb in self.thumbs]
        )

    @functools.cached_property
    def change(self) -> np.ndarray:
        """`[T]` grey levels by which what changes most differs from the frame before.

        0 in the first frame and where one of both is missing.
        """
        return self._over_time(lambda step: np.percentile(step, _MOST_CHANGED))

    @functools.cached_property
    def changed(self) -> np.ndarray:
        """`[T]` fraction of the pixels that differ from the frame before at all."""
        return self._over_time(lambda step: (step > 0).mean())

    def steps(self, start: int, stop: int) -> np.ndarray:
        """`[N, h, w]` uint8 differences of frames to those before them."""
        before = self.thumbs[np.maximum(np.arange(start, stop) - 1, 0)]
        now = self.thumbs[start:stop]
        steps = cv2.absdiff(now, before)
        steps[~self.known_step[start:stop]] = 0
        return steps

    @functools.cached_property
    def known_step(self) -> np.ndarray:
        """`[T]` bool: whether a frame and the one before are there."""
        return np.r_[False, self.known[1:] & self.known[:-1]]

    def _over_time(self, measure: Callable[[np.ndarray], Any]) -> np.ndarray:
        count = len(self.thumbs)
        values = (measure(self.steps(frame, frame + 1)[0]) for frame in range(count))
        return np.fromiter(values, np.float64, count)


def scan_frames(
    recording: Recording, max_frames: int | None = None
) -> dict[str, CameraScan]:
    """Decodes the first frames of all cameras once.

    Args:
        recording: `Recording`.
        max_frames: Frames per camera; by default 12000 in all cameras together.

    Returns:
        dict from camera name to `CameraScan`.

    Example:
        ```python
        scans = scan_frames(recording)
        scans["cam0"].change  # how much moves in each frame
        ```
    """
    if max_frames is None:
        max_frames = _MOST_FRAMES // len(recording.cameras)
    count = min(recording.num_frames, max_frames)
    names = [camera.name for camera in recording.cameras]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        scans = threads.map(lambda name: _scan(recording, name, count), names)
        return dict(zip(names, scans))


def _scan(recording, name, count):
    width, height = recording.camera(name).resolution
    scale = min(1.0, _SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    thumbs = np.zeros((count, size[1], size[0]), np.uint8)
    known = np.zeros(count, bool)
    for frame, image in recording.frames(name, range(count)):
        if image is None:
            thumbs[frame] = thumbs[max(frame - 1, 0)]
            continue
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        thumbs[frame] = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        known[frame] = True
    return CameraScan(thumbs, known)
