"""Writing of files that are whole or absent."""

import contextlib
import csv
import errno
import json
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import HandGeoError, StorageError

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.EACCES: "permission is denied; choose another folder or change its rights",
    errno.EPERM: "permission is denied; choose another folder or change its rights",
}
_PARTIAL = ".partial"
# Of a name, to which endings are added; file systems take 255.
_MAX_NAME_BYTES = 200


@contextlib.contextmanager
def replacing(path: str | os.PathLike, failures: Any = ()) -> Iterator[Any]:
    """Context in which a file is written that appears at `path` when it is whole.

    Args:
        path: File to write; its folder is made if missing.
        failures: Further exception types by which the writer in the context tells
            that the disk is full or the folder read-only, for example
            `tf.errors.OpError`; `OSError` always counts.

    Yields:
        `pathlib.Path` in the same folder and with the same endings, for the writer.

    Raises:
        StorageError: If the file cannot be written; what was at `path` is untouched.

    Example:
        ```python
        with replacing("runs/model.keras") as partial:
            model.save(partial)
        ```
    """
    path = Path(path)
    endings = "".join(path.suffixes)
    stem = path.name.removesuffix(endings)
    partial = path.with_name(f".{stem}.{uuid.uuid4().hex}{_PARTIAL}{endings}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _flush(partial)
        os.replace(partial, path)
        _flush_entries(path.parent)
    except (OSError, *failures) as error:
        if not _is_of(error, path, partial):
            raise
        raise storage_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def storage_error(path: Path, error: object) -> StorageError:
    """The `StorageError` that says why `path` could not be written.

    Args:
        path: `pathlib.Path` of the file or folder.
        error: The exception met; an `OSError` gives its own reason.
    """
    reason = _REASONS.get(getattr(error, "errno", None))  # type: ignore[arg-type]
    if reason is None:
        text = getattr(error, "strerror", None) or " ".join(str(error).split())
        reason = f"{text}; check the free space and the folder's rights"
    there = path.exists() if os.access(path.parent, os.X_OK) else False
    whole = "the earlier one is whole" if there else "no part of it was left"
    return StorageError(
        f"{path}: cannot be written, {reason} and run the same command again "
        f"({whole}, and so are all files written before it)."
    )


def write_bytes(path: str | os.PathLike, content: Any) -> None:
    """Writes bytes in full or not at all; args and errors as of `replacing`."""
    with replacing(path) as partial:
        partial.write_bytes(content)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes text as UTF-8 in full or not at all; errors as of `replacing`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(
    path: str | os.PathLike, value: Any, indent: int | str | None = 1
) -> None:
    """Writes JSON in full or not at all.

    Args:
        path: File to write; its folder is made if missing.
        value: What `json.dumps` takes. NaN is written as `NaN`, which `read_json`
            takes with `finite=False` only.
        indent: Spaces per level; None writes one line.

    Raises:
        StorageError: If the file cannot be written; what was there is untouched.
    """
    write_text(path, json.dumps(value, indent=indent))


def write_csv(path: str | Path, rows: Any, columns: Sequence[str]) -> None:
    """Writes dicts as CSV in full or not at all; errors as of `replacing`.

    Args:
        path: File to write.
        rows: List of dicts that have all `columns`; further keys are left out.
        columns: Names of the columns, in order.
    """
    text = StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def write_array(path: str | Path, array: Any) -> None:
    """Writes one array as `.npy` in full or not at all; errors as of `replacing`."""
    with replacing(path) as partial, open(partial, "wb") as file:
        np.save(file, array)


def write_arrays(path: str | Path, arrays: Any) -> None:
    """Writes a dict of named arrays as a compressed `.npz` in full or not at all."""
    with replacing(path) as partial, open(partial, "wb") as file:
        np.savez_compressed(file, **arrays)


def write_image(
    path: str | os.PathLike, image: np.ndarray, quality: int | None = None
) -> None:
    """Writes an image in full or not at all.

    Args:
        path: File to write, `.png`, `.jpg` or another ending that OpenCV knows.
        image: `[H, W, 3]` uint8 RGB, or `[H, W]` uint8 grey.
        quality: JPEG quality, 0 to 100; OpenCV's own if None.

    Raises:
        StorageError: If the image cannot be encoded or written.
    """
    path = Path(path)
    pixels = image[..., ::-1] if np.ndim(image) == 3 else image
    settings = () if quality is None else (cv2.IMWRITE_JPEG_QUALITY, quality)
    try:
        encoded, content = cv2.imencode(
            path.suffix, np.ascontiguousarray(pixels), settings
        )
    except cv2.error:  # an ending that it does not know
        encoded = False
    if not encoded:
        raise StorageError(
            f"{path}: an image of shape {np.shape(image)} cannot be encoded as "
            f"{path.suffix!r}; give a .png or .jpg file."
        )
    write_bytes(path, content.tobytes())


def make_folder(folder: str | os.PathLike) -> Path:
    """Makes a folder, and those above it, unless it is there.

    Args:
        folder: str or `pathlib.Path`.

    Returns:
        It as `pathlib.Path`.

    Raises:
        StorageError: If it cannot be made.

    Example:
        ```python
        writer = VideoFile(make_folder("predicted") / "annotated.mp4", 30, (640, 480))
        ```
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(folder, error) from error
    return folder


def publish_folder(unfinished: Path, folder: Path) -> None:
    """Renames a finished folder after all its files have been flushed to the disk.

    Args:
        unfinished: `pathlib.Path` of the folder, on the same file system.
        folder: `pathlib.Path` that it becomes; must not exist.

    Raises:
        OSError: If `folder` exists.
        StorageError: If the files cannot be flushed, for want of space.
    """
    try:
        for inner, _, names in os.walk(unfinished):
            for name in names:
                _flush(Path(inner, name))
            _flush_entries(inner)
    except OSError as error:
        raise storage_error(folder, error) from error
    os.rename(unfinished, folder)
    _flush_entries(Path(folder).parent)


def check_file_name(name: str, what: Any, error: type[HandGeoError]) -> None:
    """Refuses a name from a file that would lead to another folder.

    Args:
        name: str that is to be part of a file's name.
        what: What it names, for the message.
        error: Exception type to raise, a subclass of `HandGeoError`.

    Raises:
        HandGeoError: As `error`, if it is empty, very long, or has a character that
            file systems take for something else.
    """
    fits = re.fullmatch(r"[^/\\:*?\"<>|\x00-\x1f\ud800-\udfff]{1,100}", name)
    if not fits or name in {".", ".."} or len(name.encode()) > _MAX_NAME_BYTES:
        raise error(
            f"{what} must be 1 to 100 characters that a file's name can have. "
            f"Received: {name[:100]!r}"
        )


def remove_partials(folder: str | Path) -> None:
    """Removes what killed writers left in a folder that no other process writes to."""
    for path in Path(folder).glob(f".*{_PARTIAL}*"):
        if path.is_file():
            path.unlink(missing_ok=True)


def _flush(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _flush_entries(folder):
    """Makes a rename in a folder survive a power cut, where folders can be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_of(error, path, partial):
    """Whether an error is about this file rather than one that the writer reads."""
    name = getattr(error, "filename", None)
    return name is None or str(name) in {
        str(partial),
        str(path),
        *map(str, path.parents),
    }
