"""The unit of length of a calibration file."""

from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.calibration import MM_PER_UNIT


def resolve_unit(
    path: str | Path, unit: str | float | None, stated: Any = None
) -> float:
    """Length of a file's unit in mm.

    Args:
        path: File, for error messages.
        unit: What the caller says: `"mm"`, `"cm"`, `"m"`, a number of mm (25.4 for
            a calibration in inches), or None.
        stated: What the file says itself, or None.

    Returns:
        float, mm per unit; the caller's word counts more than the file's.

    Raises:
        CalibrationError: If neither names a known unit.
    """
    chosen = stated if unit is None else unit
    if isinstance(chosen, str) and chosen.strip().lower() in MM_PER_UNIT:
        return MM_PER_UNIT[chosen.strip().lower()]
    try:
        millimetres = float(chosen)
    except (TypeError, ValueError, OverflowError):
        millimetres = 0.0
    if not 0 < millimetres < float("inf"):
        raise CalibrationError(
            f"{path}: does not say in which unit its translations are; pass "
            f"unit='mm', 'cm', 'm' or the number of mm per unit (that of the "
            f"calibration board's squares). Received: unit={chosen!r}"
        )
    return millimetres
