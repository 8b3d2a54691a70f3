"""Reading of JSON files with errors that name the file."""

import json

from hand_geo_keras.errors import RecordingError


def read_json(path, error=RecordingError):
    """Reads a JSON object from a file.

    Args:
        path: `pathlib.Path` of the file.
        error: Exception type to raise, a subclass of `HandGeoError`.

    Returns:
        dict with the file's content.

    Raises:
        HandGeoError: As `error`, if the file is unreadable, empty, cut off or holds
            something other than an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as reason:
        raise error(f"{path}: cannot be read ({reason.strerror}).") from reason
    except ValueError as reason:
        raise error(
            f"{path}: is not valid JSON ({reason}); it may be empty or half-written, "
            "write or download it again."
        ) from reason
    if not isinstance(content, dict):
        raise error(
            f"{path}: must hold a JSON object {{...}}. "
            f"Received: {type(content).__name__}"
        )
    return content
