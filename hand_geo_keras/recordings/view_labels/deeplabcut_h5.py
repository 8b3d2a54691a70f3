"""Keypoint tables that DeepLabCut writes as HDF5."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.view_labels.h5_tables import H5Tables
from hand_geo_keras.recordings.view_labels.keypoint_grid import (
    KIND_OF_WORD,
    KeypointGrid,
    grid_labels,
)
from hand_geo_keras.recordings.view_labels.label_choice import LabelChoice, View
from hand_geo_keras.recordings.view_labels.view_labels import ViewLabels

_TABLES = H5Tables()


def read_deeplabcut_h5(
    path: Path, choice: LabelChoice | None = None, view: View | None = None
) -> ViewLabels:
    """Reads the 2D joints of one view from DeepLabCut's `.h5`, through pandas.

    It is read in a process of its own, which runs nothing that is in the file.

    Args and result are those of `read_keypoint_csv`.

    Raises:
        LabelError: If the extra `deeplabcut` is not installed, the file is unreadable
            or holds something else.

    Example:
        ```python
        labels = read_deeplabcut_h5("CollectedData_me.h5")
        ```
    """
    path = Path(path)
    grid = _grid(_read_table(path), path)
    return grid_labels(grid, choice or LabelChoice(), view or View())


def _read_table(path):
    if any(find_spec(name) is None for name in ("pandas", "tables")):
        raise LabelError(
            f"{path}: reading HDF5 needs pandas and tables; install "
            "hand-geo-keras[deeplabcut], or give the CSV beside it."
        )
    try:
        return _TABLES.read(path)
    except ValueError as reason:
        raise LabelError(
            f"{path}: cannot be read as DeepLabCut's HDF5 ({str(reason)[:120]}); give "
            "the CSV beside it."
        ) from reason


def _grid(table, path):
    levels = {name: place for place, name in enumerate(table["levels"])}
    if "bodyparts" not in levels or "coords" not in levels:
        raise LabelError(
            f"{path}: holds no table of DeepLabCut's (scorer, bodyparts, coords). "
            f"Received: column levels {table['levels']}"
        )
    columns, kept = [], []
    for position, key in enumerate(table["columns"]):
        kind = KIND_OF_WORD.get(key[levels["coords"]].lower())
        if kind:
            individual = key[levels["individuals"]] if "individuals" in levels else None
            columns.append((individual, key[levels["bodyparts"]], kind))
            kept.append(position)
    values = np.array(table["values"], np.float64)
    values = values.reshape(len(table["rows"]), -1)[:, kept]
    return KeypointGrid(
        path=path,
        columns=tuple(columns),
        values=np.where(np.isfinite(values), values, np.nan),
        names=table["rows"],
        rows=[f"row {number}" for number in range(1, len(values) + 1)],
    )
