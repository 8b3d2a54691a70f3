"""Frames of a video file, decoded in order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import RecordingError

# Even an empty frame takes some bytes in the container's index.
_MIN_BYTES_PER_FRAME = 4
# This many frames in a row that cannot be decoded are the end of an unfinished file.
_MAX_DAMAGED = 30
_PLAUSIBLE_FPS = (0.5, 1000)


class VideoFrames:
    """RGB frames of one video file by 0-based frame index.

    Frames are decoded from the start and counted: seeking lands on the wrong frame
    in many videos. Frames that nobody asked for are decoded without colour
    conversion, which is several times cheaper.

    The number of frames that the container states is only believed where it is
    plausible and its last frame is there; otherwise all frames are decoded once and
    counted. So live, growing and unfinished files are read to their last whole frame.

    Args:
        path: `pathlib.Path` of the video.

    Attributes:
        num_frames: Number of frames.
        is_unfinished: Whether the container did not state it rightly.
        fps: Frames per second.
        resolution: `(width, height)`, upright.

    Raises:
        RecordingError: If the video is missing or cannot be decoded at all.

    Example:
        ```python
        for index, image in VideoFrames(Path("cam0.mp4")).read([0, 10, 20]):
            print(index, image.shape)
        ```
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise RecordingError(
                f"{path}: the video is missing; put it there or correct its name in "
                "the calibration."
            )
        video = self._open()
        stated = video.get(cv2.CAP_PROP_FRAME_COUNT)
        self.fps = float(video.get(cv2.CAP_PROP_FPS))
        self.resolution = (
            int(video.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(video.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )
        video.release()
        self.is_unfinished = not self._ends_after(stated)
        self.num_frames = self._counted() if self.is_unfinished else int(stated)
        if self.num_frames <= 0 or min(self.resolution) <= 0:
            raise RecordingError(
                f"{path}: no frame of the video can be decoded; it may be truncated, "
                "download or record it again."
            )
        if not _PLAUSIBLE_FPS[0] <= self.fps <= _PLAUSIBLE_FPS[1]:
            self.fps = self._fps_of_time_stamps()

    def _open(self):
        video = cv2.VideoCapture(str(self.path))
        if not video.isOpened():
            raise RecordingError(
                f"{self.path}: the video cannot be opened; it may be truncated or of "
                "an unknown codec, download or convert it again."
            )
        return video

    def _ends_after(self, count):
        """Whether the video has that number of frames, as far as seeking can tell."""
        if not 0 < count <= self.path.stat().st_size / _MIN_BYTES_PER_FRAME:
            return False
        video = self._open()
        video.set(cv2.CAP_PROP_POS_FRAMES, int(count) - 1)
        has_last, has_more = video.grab(), video.grab()
        video.release()
        return has_last and not has_more

    def _counted(self):
        video = self._open()
        count = position = 0
        while position - count <= _MAX_DAMAGED:
            position += 1
            if video.grab():
                count = position
        video.release()
        return count

    def _fps_of_time_stamps(self):
        times = self.frame_times_ms(_MAX_DAMAGED)
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        if step <= 0:
            raise RecordingError(
                f"{self.path}: neither states its frame rate nor has time stamps; "
                f"convert it with: ffmpeg -i {self.path.name} -r 30 out.mp4"
            )
        return 1000 / step

    def frame_times_ms(self, max_frames: int) -> Any:
        """Time stamps of the first frames in ms, ascending; nothing is decoded.

        Returns:
            float64 array of up to `max_frames` times; empty if there are none.
        """
        video = self._open()
        video.set(cv2.CAP_PROP_FORMAT, -1)  # packets as they are
        times = []
        while len(times) < max_frames and video.grab():
            times.append(video.get(cv2.CAP_PROP_POS_MSEC))
        video.release()
        # Packets come in the order of decoding, not of showing.
        return np.sort(times) if len(set(times)) > 1 else np.empty(0)

    def file_of(self, index: int) -> Any:
        """File that holds frame `index`, for reports."""
        return self.path

    @property
    def files(self) -> tuple[Any, ...]:
        """Tuple of the video's path."""
        return (self.path,)

    @property
    def missing(self) -> Any:
        """Indices below `num_frames` without an image; none are known beforehand."""
        return frozenset()

    def read(self, indices: Any) -> Iterator[Any]:
        """Yields `(index, image)` for strictly ascending 0-based `indices`.

        `image` is uint8 RGB `[H, W, 3]`, or None where the frame is unreadable. The
        decoder fails once per damaged frame, so the count stays right behind it.
        """
        video = self._open()
        position = 0
        grabbed = False
        try:
            for index in indices:
                while position <= min(index, self.num_frames - 1):
                    grabbed = video.grab()
                    position += 1
                beyond = index >= self.num_frames
                good, image = (
                    video.retrieve() if grabbed and not beyond else (False, None)
                )
                yield index, cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if good else None  # type: ignore[arg-type]
        finally:
            video.release()
