"""Frames of a folder with one numbered image file per frame."""

import re

import cv2

from hand_geo_keras.errors import RecordingError

_NUMBERED = re.compile(r"(?:^|_)(\d{8})\.(?:jpg|jpeg|png)$", re.IGNORECASE)


class ImageFrames:
    """RGB frames of a folder of `*_%08d.jpg` (or png) files by 0-based frame index.

    Numbers may start late and have gaps; absent numbers are listed in `missing`.

    Args:
        folder: `pathlib.Path` of the folder.

    Raises:
        RecordingError: If the folder holds no numbered image or the first one is
            unreadable.
    """

    fps = None

    def __init__(self, folder):
        self.path = folder
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        matches = ((_NUMBERED.search(file.name), file) for file in files)
        self._files = {int(match[1]): file for match, file in matches if match}
        if not self._files:
            raise RecordingError(
                f"{folder}: holds no image named like {folder.name}_00000000.jpg; "
                "extract the frames again."
            )
        first = next(iter(self._files.values()))
        image = cv2.imread(str(first))
        if image is None:
            raise RecordingError(
                f"{first}: the image cannot be decoded; extract the frames again."
            )
        self.num_frames = max(self._files) + 1
        self.resolution = (image.shape[1], image.shape[0])

    @property
    def missing(self):
        """Indices below `num_frames` that have no image file."""
        return frozenset(range(self.num_frames)) - self._files.keys()

    def file_of(self, index):
        """File that holds frame `index`, for reports."""
        return self._files.get(index, self.path)

    def read(self, indices):
        """Yields `(index, image)`: uint8 RGB `[H, W, 3]`, None where unreadable."""
        for index in indices:
            file = self._files.get(index)
            image = cv2.imread(str(file)) if file else None
            yield (
                index,
                None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB),
            )
