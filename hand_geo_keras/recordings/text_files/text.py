"""Text of a file in whatever encoding programs write, within limits."""

import codecs
from pathlib import Path

from hand_geo_keras.errors import HandGeoError, RecordingError

MAX_TEXT_BYTES = 1 << 30
# Longer marks first: that of UTF-32 begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(
    path: Path,
    error: type[HandGeoError] = RecordingError,
    max_bytes: int = MAX_TEXT_BYTES,
) -> str:
    """Reads a text file as UTF-8, or in the encoding that its byte order mark tells.

    Windows programs write UTF-8 with a mark, and UTF-16 (Excel's "Unicode text",
    PowerShell's redirection), with or without one.

    Args:
        path: `pathlib.Path` of the file.
        error: Exception type to raise, a subclass of `HandGeoError`.
        max_bytes: Larger files are refused unread.

    Returns:
        str without byte order mark.

    Raises:
        HandGeoError: As `error`, if the file is missing, unreadable, too large, empty
            or no text.

    Example:
        ```python
        text = read_text(Path("labels.csv"), LabelError)
        ```
    """
    data = _read_bytes(path, error, max_bytes)
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError as reason:
        raise error(
            f"{path}: is no text in UTF-8 or UTF-16 (byte {reason.start} does not "
            "fit); save it again as UTF-8, or give the right file if this is a binary "
            "one."
        ) from reason
    if "\0" in text:
        raise error(
            f"{path}: holds zero bytes, so it is a binary or damaged file; give a text "
            "file saved as UTF-8."
        )
    if not text.strip():
        raise error(f"{path}: is empty; write or download it again.")
    return text


def _read_bytes(path, error, max_bytes):
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise error(
                f"{path}: has {size} bytes, more than the {max_bytes} that such a file "
                "can need; give the right file."
            )
        return path.read_bytes()
    except (OSError, ValueError) as reason:
        if isinstance(reason, error):
            raise
        cause = getattr(reason, "strerror", None) or reason
        raise error(f"{path}: cannot be read ({cause}).") from reason


def _encoding(data):
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    # Every second byte of western text in UTF-16 is zero.
    if len(data) >= 4 and len(data) % 2 == 0:
        if not any(data[1:64:2]) and all(data[0:64:2]):
            return "utf-16-le"
        if not any(data[0:64:2]) and all(data[1:64:2]):
            return "utf-16-be"
    return "utf-8"
