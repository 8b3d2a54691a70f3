"""Learning curves from the file of Keras' `CSVLogger`."""

import csv
from pathlib import Path
from typing import Any


def read_log(path: str | Path) -> dict[Any, Any]:
    """Reads what `CSVLogger` wrote.

    Args:
        path: CSV file, for example `log.csv` in the folder of `resumable_callbacks`.

    Returns:
        dict from logged name to the list of its values per epoch, floats (NaN where a
        cell is no number); empty if there is no file.

    Example:
        ```python
        axes.plot(read_log("runs/views/log.csv")["loss"])
        ```
    """
    path = Path(path)
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = rows[0].keys() if rows else ()
    return {name: [_number(row[name]) for row in rows] for name in names}


def _number(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")
