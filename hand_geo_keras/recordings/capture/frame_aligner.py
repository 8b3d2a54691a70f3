"""Frames of several cameras at common instants, chosen by their time stamps."""

import collections
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Frame:
    """A frame of one camera.

    Args:
        time_ms: When it was taken, by a clock that all cameras share.
        image: `[H, W, 3]` uint8 RGB.
    """

    time_ms: float
    image: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Instant:
    """What all cameras show at one instant.

    Args:
        time_ms: The instant.
        frames: dict from camera name to the `Frame` nearest in time.
        repeated: Names of the cameras whose frame is that of the instant before: they
            had no frame of their own.
    """

    time_ms: float
    frames: dict
    repeated: tuple


class FrameAligner:
    """Puts frames of free-running cameras on a common grid of instants.

    The grid begins with the first frame of the camera that began last. Each camera
    gives the frame nearest to each instant, so that it is off by at most half a period
    as long as the camera delivers; where it does not, its last frame is repeated and
    said so.

    Args:
        names: Names of the cameras.
        fps: Instants per second.

    Attributes:
        unused: dict from camera name to the number of frames that no instant took.

    Example:
        ```python
        aligner = FrameAligner(["left", "right"], fps=30)
        aligner.add("left", Frame(0.0, image))
        aligner.add("right", Frame(4.0, image))
        instants = aligner.ready()
        ```
    """

    def __init__(self, names: Sequence[str], fps: float) -> None:
        self._period = 1000 / fps
        self._waiting = {name: collections.deque() for name in names}
        self._last = dict.fromkeys(names)
        self._start = None
        self._count = 0
        self.unused = dict.fromkeys(names, 0)

    def add(self, name: str, frame: int) -> None:
        """Adds the next `Frame` of a camera, in ascending order of time."""
        self._waiting[name].append(frame)

    def ready(self) -> Iterator[Any]:
        """Yields each `Instant` for which no nearer frame can come any more."""
        while self._begun() and all(
            frames and frames[-1].time_ms >= self._next
            for frames in self._waiting.values()
        ):
            yield self._instant()

    def finish(self) -> Iterator[Any]:
        """Yields the instants left after the last frame, up to half a period behind."""
        while self._begun() and all(
            frames and frames[-1].time_ms >= self._next - self._period / 2
            for frames in self._waiting.values()
        ):
            yield self._instant()

    @property
    def _next(self):
        return self._start + self._count * self._period

    def _begun(self):
        if self._start is None and all(self._waiting.values()):
            self._start = max(frames[0].time_ms for frames in self._waiting.values())
        return self._start is not None

    def _instant(self):
        time_ms, chosen, repeated = self._next, {}, []
        for name, frames in self._waiting.items():
            index = int(np.argmin([abs(frame.time_ms - time_ms) for frame in frames]))
            for _ in range(index):
                self.unused[name] += frames.popleft() is not self._last[name]
            chosen[name] = frames[0]
            if frames[0] is self._last[name]:
                repeated.append(name)
            self._last[name] = frames[0]
        self._count += 1
        return Instant(time_ms, chosen, tuple(repeated))
