"""A text that differs when files differ, without reading whole videos."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_BLOCK_BYTES = 1 << 16


def content_fingerprint(texts: Iterable[Path], media: Iterable[Path]) -> Any:
    """Fingerprint of a recording's files.

    Args:
        texts: Files that people and tools edit, such as calibrations and labels: their
            whole content counts.
        media: Videos and images: their names, sizes and three blocks of each count.

    Returns:
        A hexadecimal SHA-256; equal for equal files in whatever folder.

    Example:
        ```python
        content_fingerprint([folder / "calibration.json"], [folder / "cam0.mp4"])
        ```
    """
    digest = hashlib.sha256()
    for file in sorted(set(texts)):
        _add(digest, file.name, file.read_bytes())
    for file in sorted(set(media)):
        _add(digest, f"{file.name} {file.stat().st_size}", _blocks(file))
    return digest.hexdigest()


def _add(digest, name, content):
    # Lengths keep the end of one file and the beginning of the next apart.
    digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
    digest.update(content)


def _blocks(file):
    """The first, the central and the last 64 KiB."""
    size = file.stat().st_size
    with open(file, "rb") as stream:
        starts = sorted({0, max(0, size // 2), max(0, size - _BLOCK_BYTES)})
        blocks = []
        for start in starts:
            stream.seek(start)
            blocks.append(stream.read(_BLOCK_BYTES))
    return b"".join(blocks)
