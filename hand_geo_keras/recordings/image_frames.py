"""Frames of a folder with one numbered image file per frame."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import LabelError, RecordingError
from hand_geo_keras.recordings.frame_numbers import frame_numbers, parse_image_name
from hand_geo_keras.recordings.image_file import is_image_file, read_image

PLACEHOLDER = re.compile(r"%0?\d*d|\*|#+")
# More numbers than this for each image, beyond a day of video, are no frames.
_MAX_NUMBERS_PER_IMAGE, _A_DAY = 100, 24 * 3600 * 30


class ImageFrames:
    """RGB frames of a folder of numbered images by 0-based frame index.

    Numbers may start late and have gaps; absent numbers are listed in `missing`. Hidden
    files, such as the `._` ones that macOS leaves on foreign disks, are no images.

    Args:
        folder: `pathlib.Path` of the folder.
        pattern: Name of the images with `%08d`, `*` or `#` in place of the number, such
            as `color_%06d.jpg`; the ending may be left out, and upper and lower
            case are the same. If None, the images must be one sequence, see
            `frame_numbers`.

    Raises:
        RecordingError: If the folder is missing, holds no numbered image or several
            sequences, the numbers are time stamps, or the first image is unreadable.

    Example:
        ```python
        frames = ImageFrames(Path("rgb/cam0"))
        ((index, image),) = frames.read([12])
        ```
    """

    fps = None
    is_unfinished = False

    def __init__(self, folder: Path, pattern: str | None = None) -> None:
        self.path = folder
        if not folder.is_dir():
            raise RecordingError(
                f"{folder}: the folder of images is missing; put it there or correct "
                "its name in the calibration."
            )
        files = sorted(filter(is_image_file, folder.iterdir()))
        numbered = _by_pattern if pattern else _by_name
        self._files = numbered(files, folder, pattern)
        if not self._files:
            raise RecordingError(
                f"{folder}: holds no image named like "
                f"{pattern or folder.name + '_00000000.jpg'}; extract the frames again."
            )
        first = next(iter(self._files.values()))
        _refuse_time_stamps(self._files)
        image = read_image(first)
        if image is None:
            raise RecordingError(
                f"{first}: the image cannot be decoded; extract the frames again."
            )
        self.num_frames = max(self._files) + 1
        self.resolution = (image.shape[1], image.shape[0])

    @property
    def missing(self) -> Any:
        """Indices below `num_frames` that have no image file."""
        return frozenset(range(self.num_frames)) - self._files.keys()

    @property
    def files(self) -> tuple[Any, ...]:
        """Ascending tuple of the image files."""
        return tuple(self._files[index] for index in sorted(self._files))

    def file_of(self, index: int) -> Any:
        """File that holds frame `index`, for reports."""
        return self._files.get(index, self.path)

    def frame_times_ms(self, max_frames: int) -> tuple[Any, ...]:
        """Time stamps in ms: images have none."""
        return ()

    def read(self, indices: Any) -> Iterator[Any]:
        """Yields `(index, image)`: uint8 RGB `[H, W, 3]`, None where unreadable."""
        for index in indices:
            file = self._files.get(index)
            image = read_image(file) if file else None
            if image is not None and image.shape[1::-1] != self.resolution:
                image = None  # another size than its neighbours: not of this camera
            yield index, image


def _by_pattern(files, folder, pattern):
    """dict from number to file of the files that are named like the pattern."""
    parts = PLACEHOLDER.split(pattern)
    if len(parts) != 2:
        raise RecordingError(
            f"{folder}: a pattern of image names needs one place for the number, like "
            f"frame_%06d.jpg. Received: {pattern!r}"
        )
    text = re.escape(parts[0]) + r"(\d{1,12})" + re.escape(parts[1])
    regex = re.compile(text, re.IGNORECASE)
    found = {}
    for file in files:
        match = regex.fullmatch(file.name) or regex.fullmatch(file.stem)
        if match:
            _add(found, int(match[1]), file)
    return found


def _by_name(files, folder, _):
    files = [file for file in files if parse_image_name(file.name).numbers]
    if not files:
        return {}
    try:
        numbers = frame_numbers([file.name for file in files], folder, (folder.name,))
    except LabelError as reason:
        raise RecordingError(
            f"{reason} Or give the pattern of the names, like "
            f"{folder.name}/color_%06d.jpg, in the calibration's field 'video'."
        ) from reason
    found = {}
    for number, file in zip(numbers, files):
        if number is not None:
            _add(found, number, file)
    return found


def _refuse_time_stamps(files):
    last = max(files)
    if last > _A_DAY + _MAX_NUMBERS_PER_IMAGE * len(files):
        raise RecordingError(
            f"{files[last]}: its number {last} is no frame of {len(files)} images but "
            "seems to be a time stamp; number the images from 0 on, like "
            "frame_000012.png."
        )


def _add(found, number, file):
    if number in found:
        raise RecordingError(
            f"{file}: has the same number as {found[number].name}; keep one of them."
        )
    found[number] = file
