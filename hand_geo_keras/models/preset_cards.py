"""What the shipped presets are and how good they are, read from their model cards."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.models.preset_files import has_parts, part_shapes
from hand_geo_keras.preset_folders import SHIPPED, shipped_presets


class ShippedPresets:
    """Class attribute `presets`, as keras-hub's models have it.

    Of a class with `preset_parts`, it is a dict from name to
    - `"metadata"`: dict of `"description"` (text), `"params"` (number of weights of
      the model's parts), `"results"` (list of dicts, the rows of the card's table, one
      text per column) and `"bytes"` (size of the folder);
    - `"path"`: the preset's folder.

    Example:
        ```python
        for name, preset in PoseEstimator.presets.items():
            print(name, preset["metadata"]["description"])
        ```
    """

    def __get__(self, instance: object, owner: type) -> dict[str, dict[str, Any]]:
        found = {}
        for name in shipped_presets():
            if has_parts(SHIPPED / name, owner):
                found[name] = _described(SHIPPED / name, owner.preset_parts)  # type: ignore[attr-defined]
        return found


def _described(folder: Path, parts: tuple[str, ...]) -> dict[str, Any]:
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    owned = [shape for part in parts for shape in part_shapes(folder, part)]
    metadata = {
        "description": card.split("\n\n")[1].strip(),
        "params": int(sum(np.prod(shape) for shape in owned)),
        "results": card_results(card),
        "bytes": sum(file.stat().st_size for file in folder.iterdir()),
    }
    return {"metadata": metadata, "path": str(folder)}


def card_results(card: str) -> list[dict[str, str]]:
    r"""Rows of the first table below the heading Results of a model card.

    Args:
        card: Markdown.

    Returns:
        A dict per row, from the column's title (`"measured on"` for the first) to the
        cell; empty without such a table.

    Example:
        >>> card_results("## Results\n\n| | mm |\n|---|---|\n| desk | 3 |\n")
        [{'measured on': 'desk', 'mm': '3'}]
    """
    below = card.partition("\n## Results\n" if "\n## R" in card else "## Results\n")[2]
    rows: list[list[str]] = []
    for line in below.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif rows or line.startswith("#"):
            break
    if len(rows) < 3:
        return []
    titles = [title or "measured on" for title in rows[0]]
    return [dict(zip(titles, row)) for row in rows[2:]]
