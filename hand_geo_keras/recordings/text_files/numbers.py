"""Numbers from files: finite, of a sane size and of the right shape."""

import numbers
import re
from typing import Any

import numpy as np

from hand_geo_keras.errors import CalibrationError, HandGeoError

# Larger than any length in mm, pixel or frame index that can be meant.
MAX_ABSOLUTE = 1e9
_WHOLE = re.compile(r"\+?(\d{1,12})(?:\.0*)?")


def number_array(
    values: Any,
    shape: Any,
    what: Any,
    error: type[HandGeoError] = CalibrationError,
    allow_nan: bool = False,
) -> Any:
    """Values of a file as an array.

    Args:
        values: What the file holds, for example nested lists.
        shape: Expected shape; any layout of the same number of values is taken.
        what: File and field, the beginning of the error message.
        error: Exception type to raise, a subclass of `HandGeoError`.
        allow_nan: Whether null and NaN mean "not known"; they become NaN.

    Returns:
        float64 array of `shape`.

    Raises:
        HandGeoError: As `error`, if these are no numbers, too few or too many, not
            finite or beyond any sane size.
    """
    count = int(np.prod(shape))
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        array = np.empty(0)
    if isinstance(values, str | bytes) or array.size != count:
        raise error(f"{what} must be {_described(count, shape)}. {_received(values)}")
    known = array[~np.isnan(array)] if allow_nan else array
    if not (np.abs(known) <= MAX_ABSOLUTE).all():
        raise error(
            f"{what} must be finite and below {MAX_ABSOLUTE:g}. {_received(values)}"
        )
    return array.reshape(shape)


def number_count(values: Any) -> Any:
    """How many numbers nested lists hold; 0 if they are no numbers at all."""
    try:
        return np.asarray(values, np.float64).size
    except (TypeError, ValueError, OverflowError):
        return 0


def finite_number(
    value: Any,
    what: Any,
    error: type[HandGeoError] = CalibrationError,
    positive: bool = False,
) -> Any:
    """One finite number of a file as a float, see `number_array`."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    number = float(value) if is_number and abs(value) <= MAX_ABSOLUTE else np.nan
    if not (number > 0 if positive else np.isfinite(number)):
        kind = "a positive number" if positive else "a finite number"
        raise error(f"{what} must be {kind}. {_received(value)}")
    return number


def whole_number(value: Any) -> Any:
    """A frame index, count or the like: an int >= 0, else None.

    12, 12.0, "12" and "12.0" (pandas writes whole numbers so) are whole numbers.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, numbers.Integral):
        return int(value) if 0 <= value <= MAX_ABSOLUTE else None  # type: ignore[operator]
    if isinstance(value, numbers.Real):
        return int(value) if 0 <= value <= MAX_ABSOLUTE and value % 1 == 0 else None  # type: ignore[call-overload,operator]
    match = _WHOLE.fullmatch(value.strip()) if isinstance(value, str) else None
    return whole_number(int(match[1])) if match else None


def _described(count, shape):
    if shape == ():
        return "a number"
    return f"{count} finite numbers of shape {shape}"


def _received(values):
    text = repr(values)
    return f"Received: {text if len(text) <= 200 else text[:200] + ' ...'}"
