"""Images one after the other, from a video, from files or from a folder."""

import collections
import mimetypes
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.image_file import IMAGE_SUFFIXES as _SUFFIXES
from hand_geo_keras.recordings.image_file import is_image_file, read_image
from hand_geo_keras.recordings.video_frames import VideoFrames


def image_files(images: Any) -> tuple[dict[str, Path], collections.Counter]:
    """The image files among files and folders, by names that tell them apart.

    Args:
        images: A path, or a list of paths, of image files and folders of them.

    Returns:
        `(files, others)`: a dict from name to `pathlib.Path`, those of a folder sorted
        by name, each file once; a file that shares its name with one of another folder
        is named by its path from the folder that holds both. And a
        `collections.Counter` of what else is in the folders, by what it is; hidden
        files do not count.

    Raises:
        RecordingError: If a path is missing, a folder holds no image or a file that is
            given is of a kind that is not read.

    Example:
        ```python
        files, others = image_files(["monday", "tuesday"])
        list(files)  # ["monday/1.jpg", "2.jpg", "tuesday/1.jpg"]
        ```
    """
    paths = [images] if isinstance(images, str | Path) else images
    files, others = [], collections.Counter()
    for path in map(Path, paths):
        found = [path] if path.is_file() else []
        if path.is_dir():
            inside = sorted(f for f in path.iterdir() if not f.name.startswith("."))
            kinds = {file: _not_read(file) for file in inside}
            others.update(filter(None, kinds.values()))
            found = [file for file, kind in kinds.items() if kind is None]
        elif found and _not_read(path) and not cv2.haveImageReader(str(path)):
            raise RecordingError(
                f"{path}: is no image that can be read; save it as PNG or JPEG, or "
                "give a video alone."
            )
        if not found:
            raise RecordingError(
                f"{path}: there is no image; give image files or folders with "
                f"{', '.join(_SUFFIXES)}."
            )
        files += found
    return _named(list(dict.fromkeys(map(os.path.abspath, files)))), others


def _not_read(file):
    """What a file or folder is that is not read as an image; None for an image."""
    if file.is_dir():
        return "subfolder"
    suffix = file.suffix.lower() or "none"
    return None if is_image_file(file) else f"of another format ({suffix})"


def _named(paths):
    files = [Path(path) for path in paths]
    count = collections.Counter(file.name for file in files)
    shared = os.path.commonpath([file.parent for file in files])
    return {
        file.name
        if count[file.name] == 1
        else file.relative_to(shared).as_posix(): file
        for file in files
    }


def is_image(path: str | Path) -> bool:
    """Whether a path is a folder or has the ending of an image; a GIF is a video."""
    path = Path(path)
    kind = mimetypes.guess_type(path.name)[0] or ""
    is_still = kind.startswith("image/") and kind != "image/gif"
    return path.is_dir() or path.suffix.lower() in _SUFFIXES or is_still


def read_images(files: Mapping[str, Path]) -> Iterator[Any]:
    """Yields `(name, position, RGB uint8 [H, W, 3] or None)` of image files.

    Images are upright and have 8 bits, see `read_image`.
    """
    for position, (name, file) in enumerate(files.items()):
        yield name, position, read_image(file)


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
