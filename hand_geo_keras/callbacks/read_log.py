"""Learning curves from the file of Keras' `CSVLogger`."""

import csv
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import TrainingError


def read_log(path: str | Path) -> dict[Any, Any]:
    """Reads what `CSVLogger` wrote.

    Args:
        path: CSV file, for example `log.csv` in the folder of `resumable_callbacks`.

    Returns:
        dict from logged name to the list of its values per epoch, floats (NaN where a
        cell is no number); empty if there is no file.

    Raises:
        TrainingError: If the file is damaged.

    Example:
        ```python
        axes.plot(read_log("runs/views/log.csv")["loss"])
        ```
    """
    path = Path(path)
    if not path.exists():
        return {}
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as reason:
        raise TrainingError(
            f"{path}: is damaged ({reason}); remove it, the backup has it too."
        ) from reason
    names = [n for n in rows[0] if n is not None] if rows else []  # None: surplus cells
    return {name: [_number(row[name]) for row in rows] for name in names}


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return float("nan")
