"""Tables: CSV with any separator, in German or English notation of numbers."""

import csv
import dataclasses
import re
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import HandGeoError, LabelError
from hand_geo_keras.recordings.text_files.text import read_text

_SEPARATORS = (",", ";", "\t", "|")
_MAX_COLUMNS = 20000
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+([eE][-+]?\d+)?\s*")


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of a table.

    Args:
        path: File they come from, for error messages.
        rows: list of lists of str, stripped, without empty rows.
        line_numbers: For each row its 1-based number in the file.
    """

    path: object
    rows: list
    line_numbers: list

    def where(self, row: Any) -> str:
        """File and line of a row, for error messages."""
        return f"{self.path}: row {self.line_numbers[row]}"


def read_table(path: Path, error: type[HandGeoError] = LabelError) -> Table:
    """Reads a table separated by commas, semicolons, tabs or bars.

    The separator is the one that stands most often in the first line. With
    semicolons, tabs or bars a comma inside a number is the decimal one, as in the
    files of a German Excel.

    Args:
        path: `pathlib.Path` of the file.
        error: Exception type to raise, a subclass of `HandGeoError`.

    Returns:
        `Table`.

    Raises:
        HandGeoError: As `error`, if the file is unreadable or no table.

    Example:
        ```python
        header, *rows = read_table(Path("labels.csv")).rows
        ```
    """
    text = read_text(path, error)
    lines = text.splitlines()
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        separator, text = lines[0][4], text.split("\n", 1)[-1]
        skipped = 1
        if separator not in _SEPARATORS:
            raise error(f"{path}: cannot be separated by {separator!r}; use commas.")
    else:
        separator, skipped = _separator(lines, path, error), 0
    rows, numbers = [], []
    try:
        reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append([_cell(cell, separator) for cell in row])
                numbers.append(reader.line_num + skipped)
    except csv.Error as reason:
        raise error(f"{path}: is no table ({reason}); save it as CSV.") from reason
    if not rows or max(map(len, rows)) > _MAX_COLUMNS:
        raise error(f"{path}: holds no table; save it as CSV with a header row.")
    return Table(path, rows, numbers)


def _separator(lines, path, error):
    first = next(line for line in lines if line.strip())
    counts = {separator: first.count(separator) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=counts.get)
    if not counts[best]:
        raise error(
            f"{path}: its first row has one column; separate columns by commas, "
            f"semicolons or tabs. Received: {first[:80]!r}"
        )
    return best


def _cell(cell, separator):
    cell = cell.strip()
    if separator != "," and _DECIMAL_COMMA.fullmatch(cell):
        return cell.replace(",", ".")
    return cell
