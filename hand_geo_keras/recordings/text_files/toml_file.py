"""TOML by the standard library, with errors that name the file."""

from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError, HandGeoError
from hand_geo_keras.recordings.text_files.text import read_text

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib  # type: ignore[no-redef]

_MAX_BYTES = 1 << 24


def read_toml(path: Path, error: type[HandGeoError] = CalibrationError) -> Any:
    """Reads a TOML file as a dict.

    Args:
        path: `pathlib.Path` of the file.
        error: Exception type to raise, a subclass of `HandGeoError`.

    Raises:
        HandGeoError: As `error`, if the file is unreadable, no TOML or nested without
            end.
    """
    text = read_text(path, error, _MAX_BYTES)
    try:
        return tomllib.loads(text)
    except RecursionError as reason:
        raise error(f"{path}: nests values too deeply; give the right file.") from (
            reason
        )
    except ValueError as reason:
        raise error(f"{path}: is not valid TOML ({reason}).") from reason
