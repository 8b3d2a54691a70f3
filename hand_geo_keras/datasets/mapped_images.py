"""Stacks of images that stay on disk and are indexed like arrays."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.io.atomic import storage_error


class MappedImages:
    """Images `[M, S, S, 3]` uint8 in a file that is mapped into memory.

    Indexed like an array, it reads what is asked for; `numpy.asarray` reads all. What
    was read lately stays in memory for as long as nothing else needs it, so that a pool
    of any size can be trained with. The file has no name: it goes when the process
    ends, however it does.

    Args:
        images: `[K, S, S, 3]` array that is mapped.
        rows: `[M]` int indices of the images in it.

    Attributes:
        shape: `(M, S, S, 3)`.
        dtype: dtype of the images.

    Example:
        ```python
        images = map_images([crops, more_crops], "prepared")
        images[[3, 1]]  # [2, S, S, 3]
        ```
    """

    def __init__(self, images: np.ndarray, rows: np.ndarray) -> None:
        self._images, self._rows = images, rows
        self.shape = (len(rows), *images.shape[1:])
        self.dtype = images.dtype

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> np.ndarray:
        if isinstance(index, tuple):  # of images, then of their pixels
            images = self[index[0]]
            leading = images.ndim - len(self.shape) + 1
            return images[(slice(None),) * leading + index[1:]]
        return np.asarray(self._images[self._rows[index]])

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    def select(self, keep: np.ndarray) -> "MappedImages":
        """Some of the images; the file is shared.

        Args:
            keep: `[M]` bool mask, or `[K]` int indices.
        """
        return MappedImages(self._images, self._rows[keep])


def map_images(stacks: Iterable[np.ndarray], folder: str | Path) -> MappedImages:
    """Writes stacks of images one after the other to a file without a name.

    Args:
        stacks: Arrays `[K, S, S, 3]` of one size and dtype, one at least; an iterator
            needs the memory of one.
        folder: Folder on whose disk the file is to be; on that of temporary files
            if it cannot be written to.

    Returns:
        `MappedImages` of all stacks.

    Raises:
        StorageError: If the disk is full.
    """
    count = 0
    shape: tuple[int, ...] = ()
    dtype: Any = np.uint8
    try:
        with _file_without_name(folder) as file:
            for stack in stacks:
                file.write(np.ascontiguousarray(stack).data)
                count, shape, dtype = count + len(stack), stack.shape[1:], stack.dtype
            file.flush()
            images = np.memmap(file, dtype, "r", shape=(count, *shape))
    except OSError as error:
        raise storage_error(Path(folder) / "images", error) from error
    return MappedImages(images, np.arange(count))


def _file_without_name(folder):
    try:
        return tempfile.TemporaryFile(dir=folder)
    except OSError:  # a folder of somebody else's
        return tempfile.TemporaryFile()
