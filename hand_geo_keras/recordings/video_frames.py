"""Frames of a video file, decoded in order."""

import cv2

from hand_geo_keras.errors import RecordingError


class VideoFrames:
    """RGB frames of one video file by 0-based frame index.

    Frames are decoded from the start and counted: seeking lands on the wrong frame
    in many videos. Frames that nobody asked for are decoded without colour
    conversion, which is several times cheaper.

    Args:
        path: `pathlib.Path` of the video.

    Raises:
        RecordingError: If the video is missing or cannot be decoded at all.

    Example:
        ```python
        for index, image in VideoFrames(Path("cam0.mp4")).read([0, 10, 20]):
            print(index, image.shape)
        ```
    """

    def __init__(self, path):
        self.path = path
        if not path.is_file():
            raise RecordingError(
                f"{path}: the video is missing; put it there or correct its name in "
                "the calibration."
            )
        video = self._open()
        self.num_frames = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
        self.fps = float(video.get(cv2.CAP_PROP_FPS))
        self.resolution = (
            int(video.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(video.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )
        readable = video.grab()
        video.release()
        if self.num_frames <= 0 or not readable:
            raise RecordingError(
                f"{path}: no frame of the video can be decoded; it may be truncated, "
                "download or record it again."
            )

    def _open(self):
        video = cv2.VideoCapture(str(self.path))
        if not video.isOpened():
            raise RecordingError(
                f"{self.path}: the video cannot be opened; it may be truncated or of "
                "an unknown codec, download or convert it again."
            )
        return video

    def file_of(self, index):
        """File that holds frame `index`, for reports."""
        return self.path

    @property
    def missing(self):
        """Indices below `num_frames` without an image; none are known beforehand."""
        return frozenset()

    def read(self, indices):
        """Yields `(index, image)` for strictly ascending 0-based `indices`.

        `image` is uint8 RGB `[H, W, 3]`, or None where the frame is unreadable. The
        decoder fails once per damaged frame, so the count stays right behind it.
        """
        video = self._open()
        position = 0
        try:
            for index in indices:
                while position <= index:
                    grabbed = video.grab()
                    position += 1
                good, image = video.retrieve() if grabbed else (False, None)
                yield index, cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if good else None
        finally:
            video.release()
