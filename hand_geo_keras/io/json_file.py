"""Reading of JSON that may hold anything."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import HandGeoError

MAX_JSON_BYTES, MAX_JSON_DEPTH = 2**28, 64
_REQUIRED = object()
# Also matches a string that is cut off, lest hostile text cost quadratic time.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*\\?(?:"|\Z)', re.DOTALL)
_MAYBE_HUGE = re.compile(rb"\d{19}|[eE]\+?\d{3}")
_NESTING = np.zeros(256, np.int8)
_NESTING[list(b"[{")], _NESTING[list(b"]}")] = 1, -1


def read_json(
    path: str | Path,
    error: type[HandGeoError] = HandGeoError,
    default: Any = _REQUIRED,
    finite: bool = True,
) -> dict[Any, Any]:
    """Reads a JSON object from a file that may hold anything.

    Args:
        path: File to read, UTF-8.
        error: Exception type to raise, a subclass of `HandGeoError`.
        default: Returned if there is no such file; without it, that is an error.
        finite: Whether NaN and infinite numbers are refused.

    Returns:
        dict with the file's content; integers are below 2**63 in size, and nothing is
        nested deeper than `MAX_JSON_DEPTH`.

    Raises:
        HandGeoError: As `error`, if the file is unreadable, too large, empty, cut off
            or holds something other than such an object.

    Example:
        ```python
        calibration = read_json("my_rig/calibration.json", CalibrationError)
        ```
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise error(
                f"{path}: is larger than {MAX_JSON_BYTES} bytes; split the file."
            )
        content = path.read_bytes()
    except OSError as reason:
        if isinstance(reason, FileNotFoundError) and default is not _REQUIRED:
            return default
        raise error(f"{path}: cannot be read ({reason.strerror}).") from reason
    return parse_json(content, path, error, finite)


def parse_json(
    content: Any,
    where: object,
    error: type[HandGeoError] = HandGeoError,
    finite: bool = True,
) -> dict[Any, Any]:
    """Reads a JSON object from bytes that may hold anything.

    Args:
        content: bytes, UTF-8.
        where: Where they came from, for messages.
        error: Exception type to raise, a subclass of `HandGeoError`.
        finite: Whether NaN and infinite numbers are refused.

    Returns:
        dict, see `read_json`.

    Raises:
        HandGeoError: As `error`, if they hold something other than such an object.
    """
    try:
        value = _parse(content, finite)
    except (ValueError, RecursionError) as reason:
        raise error(
            f"{where}: is not valid JSON ({reason}); it may be empty or half-written, "
            "write or download it again."
        ) from reason
    if not isinstance(value, dict):
        raise error(
            f"{where}: must hold a JSON object {{...}}. "
            f"Received: {type(value).__name__}"
        )
    return value


def _parse(content, finite):
    bare = _STRING.sub(b"", content)
    nesting = _NESTING[np.frombuffer(bare, np.uint8)].cumsum(dtype=np.int32)
    if nesting.max(initial=0) > MAX_JSON_DEPTH:
        raise ValueError(f"nested more than {MAX_JSON_DEPTH} levels deep")
    hooks = {"parse_constant": _finite_number} if finite else {}
    if _MAYBE_HUGE.search(bare):  # the hooks are slow, and seldom needed
        hooks |= {"parse_int": _sane_integer}
        hooks |= {"parse_float": _finite_number} if finite else {}
    return json.loads(content.decode("utf-8-sig"), **hooks)


def _sane_integer(text):
    if len(text) > 20 or abs(int(text)) >= 2**63:
        raise ValueError(f"an integer has more than 63 bits: {text[:20]}")
    return int(text)


def _finite_number(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"a number is not finite: {text[:20]}")
    return value
