"""Images one after the other, from a video, from files or from a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.image_file import IMAGE_SUFFIXES as _SUFFIXES
from hand_geo_keras.recordings.image_file import read_image
from hand_geo_keras.recordings.video_frames import VideoFrames


def image_files(images: Any) -> list[Any]:
    """The image files among files and folders.

    Args:
        images: A path, or a list of paths, of image files and folders of them.

    Returns:
        list of `pathlib.Path`; those of a folder sorted by name.

    Raises:
        RecordingError: If a path is missing or a folder holds no image.
    """
    paths = [images] if isinstance(images, str | Path) else images
    files = []
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(f for f in path.iterdir() if f.suffix.lower() in _SUFFIXES)
        else:
            found = [path] if path.is_file() else []
        if not found:
            raise RecordingError(
                f"{path}: there is no image; give image files or folders with "
                f"{', '.join(_SUFFIXES)}."
            )
        files += found
    return files


def is_image(path: str | Path) -> bool:
    """Whether a path is a folder or has the ending of an image."""
    return Path(path).is_dir() or Path(path).suffix.lower() in _SUFFIXES


def read_images(files: Any) -> Iterator[Any]:
    """Yields `(name, position, RGB uint8 [H, W, 3] or None)` of image files.

    Images are upright and have 8 bits, see `read_image`.
    """
    for position, file in enumerate(files):
        yield file.name, position, read_image(file)


class VideoImages:
    """Yields `(name, frame, RGB uint8 [H, W, 3] or None)` of a video.

    Args:
        path: Video file.

    Raises:
        RecordingError: If the video is missing or cannot be decoded.
    """

    def __init__(self, path: str | Path) -> None:
        self._frames = VideoFrames(Path(path))
        self.fps = self._frames.fps
        self.resolution = self._frames.resolution

    def __len__(self) -> int:
        return self._frames.num_frames

    def times_s(self) -> list[Any]:
        """List of the time stamps of all frames in seconds.

        Where the video has none for every frame, they are `1 / fps` apart.
        """
        times = self._frames.frame_times_ms(len(self)) / 1000
        if len(times) != len(self) or (np.diff(times) <= 0).any():
            times = np.arange(len(self)) / self.fps
        return times.tolist()

    def __iter__(self) -> Iterator[Any]:
        for frame, image in self._frames.read(range(len(self))):
            yield self._frames.path.name, frame, image
