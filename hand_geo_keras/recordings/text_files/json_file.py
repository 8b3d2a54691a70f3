"""Reading of JSON files with errors that name the file."""

import json
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import HandGeoError, RecordingError
from hand_geo_keras.recordings.text_files.text import MAX_TEXT_BYTES, read_text


def read_json(
    path: Path,
    error: type[HandGeoError] = RecordingError,
    max_bytes: int = MAX_TEXT_BYTES,
) -> dict[Any, Any]:
    """Reads a JSON object from a file.

    Args:
        path: `pathlib.Path` of the file.
        error: Exception type to raise, a subclass of `HandGeoError`.
        max_bytes: Larger files are refused unread.

    Returns:
        dict with the file's content.

    Raises:
        HandGeoError: As `error`, if the file is unreadable, empty, cut off, nested
            without end, names a field twice or holds something other than an object.
    """
    text = read_text(path, error, max_bytes)
    try:
        content = json.loads(text, object_pairs_hook=_distinct)
    except RecursionError as reason:
        raise error(
            f"{path}: nests lists or objects too deeply; give the right file."
        ) from reason
    except ValueError as reason:
        raise error(
            f"{path}: is not valid JSON ({reason}); it may be half-written, write or "
            "download it again."
        ) from reason
    if not isinstance(content, dict):
        raise error(
            f"{path}: must hold a JSON object {{...}}. "
            f"Received: {type(content).__name__}"
        )
    return content


def _distinct(pairs):
    """A dict; of two equal keys Python would silently keep the last."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} stands twice in one object")
    return content
