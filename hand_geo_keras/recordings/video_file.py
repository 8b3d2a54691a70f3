"""Writing of videos that are whole or absent."""

import os
from pathlib import Path

import cv2
import numpy as np

from hand_geo_keras.errors import RecordingError, StorageError
from hand_geo_keras.io import replacing


class VideoFile:
    """Writes a video under a hidden name; `close` makes it appear.

    Args:
        path: Video to write, `.mp4`, in a folder that exists.
        fps: Frames per second.
        resolution: `(width, height)`.

    Raises:
        RecordingError: If OpenCV cannot write videos here.
        StorageError: On `close`, if frames are missing in the file.

    Example:
        ```python
        video = VideoFile("clip.mp4", 30, (640, 480))
        for image in images:
            video.write(image)
        video.close()
        ```
    """

    def __init__(
        self, path: str | Path, fps: float, resolution: tuple[int, int]
    ) -> None:
        self.path = Path(path)
        self.num_frames = 0
        self._partial = self.path.with_name(f".{self.path.stem}.partial.mp4")
        code = cv2.VideoWriter.fourcc(*"mp4v")
        self._writer = cv2.VideoWriter(str(self._partial), code, fps, resolution)
        if not self._writer.isOpened():
            raise RecordingError(
                f"{self.path}: the video cannot be written; OpenCV lacks an encoder, "
                "or the folder is not writable."
            )

    def write(self, image: np.ndarray) -> None:
        """Adds a frame, uint8 RGB `[H, W, 3]` of the video's resolution."""
        self._writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        self.num_frames += 1

    def close(self, complete: bool = True) -> None:
        """Finishes the video; drops it if it is not complete."""
        self._writer.release()
        if complete:
            self._check_count()
            with replacing(self.path) as partial:
                os.replace(self._partial, partial)
        else:
            self._partial.unlink(missing_ok=True)

    def _check_count(self):
        """The writer itself reports neither a full disk nor a dropped frame."""
        video = cv2.VideoCapture(str(self._partial))
        written = int(max(video.get(cv2.CAP_PROP_FRAME_COUNT), 0))
        video.release()
        if written != self.num_frames:
            self._partial.unlink(missing_ok=True)
            raise StorageError(
                f"{self.path}: only {written} of {self.num_frames} frames could be "
                "written; free some space and run the same command again."
            )
