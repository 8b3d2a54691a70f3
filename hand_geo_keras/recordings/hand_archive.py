"""Unpacking of `hdHand3d.tar`, whatever folders it was packed with."""

import lzma
import os
import re
import shutil
import tarfile
import zlib
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.io import make_folder, storage_error

# What reading a damaged or cut off archive, compressed or not, ends in.
_DAMAGE = (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError)
# Of one file; those of CMU Panoptic have 10 kB, and small archives unpack to anything.
_MOST_BYTES = 2**22
_LABEL_FILE = re.compile(r"handRecon3D_hd\d{8}\.json")


def unpack_hands(archive: Path, folder: Path) -> int:
    """Unpacks the hand labels of a sequence into one flat folder.

    Only the files' own names count: some archives have an extra level `hd/`, others
    begin with `./` or the sequence's name. Anything that is no hand label is left
    out. The folder appears complete or not at all.

    Args:
        archive: `pathlib.Path` of the tar file.
        folder: `pathlib.Path` of `hdHand3d`; replaced if it exists.

    Returns:
        Number of label files.

    Raises:
        RecordingError: If the archive is cut off, damaged or holds no hand label.
        StorageError: If the files cannot be written.
    """
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    make_folder(partial)
    try:
        count = sum(_unpack(member, tar, partial) for member, tar in _members(archive))
    except _DAMAGE as reason:
        shutil.rmtree(partial, ignore_errors=True)
        if getattr(reason, "errno", None):  # damage is told without a number
            raise storage_error(folder, reason) from reason
        raise RecordingError(
            f"{archive}: the archive is damaged or cut off ({reason}); remove it and "
            "download it again."
        ) from reason
    if not count:
        shutil.rmtree(partial)
        raise RecordingError(
            f"{archive}: holds no file named like handRecon3D_hd00000000.json; it is "
            "not the archive of a sequence's HD hands."
        )
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(partial, folder)
    return count


def check_hand_archive(archive: Any) -> None:
    """Checks that a tar file reads to its end.

    Raises:
        RecordingError: If it is cut off or damaged.
    """
    try:
        for _ in _members(archive):
            pass
    except _DAMAGE as reason:
        raise RecordingError(
            f"{archive}: the archive is damaged or cut off ({reason})."
        ) from reason


def _members(archive):
    with tarfile.open(archive) as tar:
        for member in tar:
            yield member, tar
        # Python takes an archive that ends early, or a damaged header, for the end.
        tar.fileobj.seek(tar.offset)
        if tar.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("the end mark is missing")


def _unpack(member, tar, folder):
    name = member.name.rsplit("/", 1)[-1]
    if not member.isfile() or not _LABEL_FILE.fullmatch(name):
        return 0
    if member.size > _MOST_BYTES:
        raise tarfile.ReadError(f"{name} would unpack to {member.size} bytes")
    with tar.extractfile(member) as source, open(folder / name, "xb") as target:
        shutil.copyfileobj(source, target)
    return 1
