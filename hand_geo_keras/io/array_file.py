"""Reading of arrays from archives that may hold anything."""

import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import WeightsError

# Trained weights hardly compress; a file that unpacks to far more is a bomb.
_MOST_TIMES, _ALWAYS_ALLOWED_BYTES = 20, 2**26
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def array_shapes(path: str | Path) -> dict[str, Any]:
    """Shapes of the arrays of an `.npz` file, read from their headers alone.

    Args:
        path: File that `np.savez` or `np.savez_compressed` wrote.

    Returns:
        dict of name to shape.

    Raises:
        WeightsError: If it is no such file, holds anything but numbers, or would
            unpack to more than it can hold in truth.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            check_unpacked_size(archive, path)
            return {
                entry.filename.removesuffix(".npy"): _shape(archive, entry)
                for entry in archive.infolist()
            }
    except WeightsError:
        raise
    except Exception as reason:  # a damaged archive fails in any way
        raise WeightsError(f"{path}: is no whole .npz file ({reason}).") from reason


def read_arrays(path: str | Path) -> dict[str, Any]:
    """Reads the arrays of an `.npz` file.

    Args:
        path: File that `np.savez` or `np.savez_compressed` wrote.

    Returns:
        dict of name to array of numbers.

    Raises:
        WeightsError: As `array_shapes`, or if the content is damaged.

    Example:
        ```python
        read_arrays("preset/weights.npz")["pose_mean"].shape  # (21, 3)
        ```
    """
    names = array_shapes(path)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names}
    except Exception as reason:  # a damaged archive fails in any way
        raise WeightsError(f"{path}: is damaged ({reason}).") from reason


def check_unpacked_size(archive: Any, path: str | Path) -> None:
    """Refuses an archive whose files unpack to far more than its size.

    Args:
        archive: `zipfile.ZipFile`.
        path: Its path.

    Raises:
        WeightsError: If it is such an archive.
    """
    unpacked = sum(entry.file_size for entry in archive.infolist())
    most = _ALWAYS_ALLOWED_BYTES + _MOST_TIMES * os.path.getsize(path)
    if unpacked > most:
        raise WeightsError(
            f"{path}: would unpack to {unpacked} bytes, more than weights of its size "
            f"can ({most}); it is damaged or made to do harm."
        )


def check_hdf5(file: str | Path, path: str | Path) -> int:
    """Counts the numbers in an HDF5 file, whose data sets must be stored in full.

    Args:
        file: Path or binary file of the HDF5 content.
        path: Path for messages.

    Returns:
        int, how many numbers there are.

    Raises:
        WeightsError: If it is no HDF5 file, or a data set claims to be larger than
            what is stored, lies in another file or holds no numbers.
    """
    import h5py  # slow, and not needed by most

    counts = []

    def name_of_bad(name):  # HDF5 stops at the first name that is returned
        if not isinstance(content.get(name, getlink=True), h5py.HardLink):
            return name
        item = content[name]
        if isinstance(item, h5py.Dataset):
            counts.append(item.size)
            return None if _is_stored(item) else name
        return None

    try:
        with h5py.File(file, "r") as content:
            bad = content.visit_links(name_of_bad)
    except Exception as reason:  # a damaged file fails in any way
        raise WeightsError(f"{path}: is no whole HDF5 file ({reason}).") from reason
    if bad is not None:
        raise WeightsError(f"{path}: {bad} is not stored in the file itself.")
    return sum(counts)


def _is_stored(dataset):
    if dataset.is_virtual or dataset.external or dataset.dtype.kind == "O":
        return False
    return dataset.id.get_storage_size() >= dataset.size * dataset.dtype.itemsize


def _shape(archive, entry):
    if not entry.filename.endswith(".npy"):
        raise ValueError(f"{entry.filename} is no array")
    with archive.open(entry) as file:
        read_header = _HEADERS[np.lib.format.read_magic(file)]
        shape, _, dtype = read_header(file)
        start = file.tell()
    if dtype.hasobject or start + math.prod(shape) * dtype.itemsize != entry.file_size:
        raise ValueError(f"{entry.filename} does not hold the numbers it names")
    return shape
