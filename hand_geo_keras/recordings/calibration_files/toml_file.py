"""TOML: read by the standard library, written for the few types that we need."""

import json

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.io import write_text

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib


def read_toml(path):
    """Reads a TOML file as a dict.

    Raises:
        CalibrationError: If the file is unreadable or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as reason:
        raise CalibrationError(f"{path}: cannot be read ({reason.strerror}).") from (
            reason
        )
    except ValueError as reason:
        raise CalibrationError(f"{path}: is not valid TOML ({reason}).") from reason


def write_toml(path, tables):
    """Writes tables of strings, bools, numbers and (nested) lists of numbers.

    Args:
        path: `pathlib.Path` of the file.
        tables: dict from table name to a dict of its values.
    """
    lines = []
    for table, values in tables.items():
        lines.append(f"[{table}]")
        # JSON writes these types as TOML does; repr keeps every bit of a float.
        lines += [
            f"{key} = {json.dumps(value, ensure_ascii=False)}"
            for key, value in values.items()
        ]
        lines.append("")
    write_text(path, "\n".join(lines))
