"""Whether an MP4 file is whole, without decoding it."""

import os
from pathlib import Path

from hand_geo_keras.errors import RecordingError

_HEADER_BYTES = 8
_SIZE_IN_NEXT_8_BYTES = 1
_UP_TO_THE_END = 0


def check_mp4(path: Path) -> None:
    """Checks that the boxes of an MP4 file fill it and that the index is there.

    A download that ends early leaves either a box that is longer than the file or a
    file without its index (the `moov` box), and players may show the beginning of it
    as if nothing had happened.

    Args:
        path: `pathlib.Path` of the file.

    Raises:
        RecordingError: If the file is truncated, has no `moov` or no `mdat` box, or
            is no MP4 file at all.

    Reference:
        ISO/IEC 14496-12, 4.2: size, type, and the 64-bit size after a size of 1.
    """
    kinds = [kind for kind, _ in _boxes(path)]
    lacking = [kind for kind in ("moov", "mdat") if kind not in kinds]
    if lacking:
        raise RecordingError(
            f"{path}: the video is truncated or no MP4 file, its boxes {lacking} are "
            f"missing; download it again. Received: boxes={kinds[:8]}"
        )


def _boxes(path):
    """Yields `(type, size)` of the top-level boxes."""
    length, start = os.path.getsize(path), 0
    with open(path, "rb") as file:
        while start < length:
            file.seek(start)
            header = file.read(2 * _HEADER_BYTES)
            size, kind = _parse(header, length - start)
            if size < _HEADER_BYTES or start + size > length:
                raise RecordingError(
                    f"{path}: the video is truncated or no MP4 file, its box {kind!r} "
                    f"at byte {start} claims {size} bytes; download it again. "
                    f"Received: {length} bytes in all"
                )
            yield kind, size
            start += size


def _parse(header, remaining):
    size = int.from_bytes(header[:4], "big")
    kind = header[4:8].decode("latin-1")
    if size == _SIZE_IN_NEXT_8_BYTES:
        size = int.from_bytes(header[8:16], "big")
    return (remaining if size == _UP_TO_THE_END else size), kind
