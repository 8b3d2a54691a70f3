"""Writing of TOML for the few types that we need."""

import json

from hand_geo_keras.io import write_text


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
