"""Keypoint tables that DeepLabCut writes as HDF5."""

from pathlib import Path

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.view_labels.keypoint_grid import (
    KIND_OF_WORD,
    KeypointGrid,
    grid_labels,
)
from hand_geo_keras.recordings.view_labels.label_choice import LabelChoice, View
from hand_geo_keras.recordings.view_labels.plain_pickles import plain_pickles
from hand_geo_keras.recordings.view_labels.view_labels import ViewLabels


def read_deeplabcut_h5(
    path: Path, choice: LabelChoice | None = None, view: View | None = None
) -> ViewLabels:
    """Reads the 2D joints of one view from DeepLabCut's `.h5`, through pandas.

    Nothing in the file is run, see `plain_pickles`.

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
    grid = _grid(_read_frame(path), path)
    return grid_labels(grid, choice or LabelChoice(), view or View())


def _read_frame(path):
    try:
        import pandas
        import tables  # noqa: F401 (pandas reads HDF5 by it)
    except ImportError as reason:
        raise LabelError(
            f"{path}: reading HDF5 needs pandas and tables; install "
            "hand-geo-keras[deeplabcut], or give the CSV beside it."
        ) from reason
    try:
        with plain_pickles():
            return pandas.read_hdf(path)
    # What is damaged fails in the depths of PyTables with any exception.
    except Exception as reason:
        raise LabelError(
            f"{path}: cannot be read as DeepLabCut's HDF5 ({str(reason)[:120]}); give "
            "the CSV beside it."
        ) from reason


def _grid(frame, path):
    names = [str(name).lower() for name in getattr(frame.columns, "names", ())]
    if "bodyparts" not in names or "coords" not in names:
        raise LabelError(
            f"{path}: holds no table of DeepLabCut's (scorer, bodyparts, coords). "
            f"Received: column levels {names}"
        )
    levels = {name: names.index(name) for name in names}
    columns, kept = [], []
    for position, key in enumerate(frame.columns):
        kind = KIND_OF_WORD.get(str(key[levels["coords"]]).lower())
        if kind:
            individual = key[levels["individuals"]] if "individuals" in levels else None
            columns.append((individual, str(key[levels["bodyparts"]]), kind))
            kept.append(position)
    try:
        values = frame.to_numpy(np.float64)[:, kept]
    except (TypeError, ValueError) as reason:
        raise LabelError(f"{path}: holds cells that are no numbers.") from reason
    return KeypointGrid(
        path=path,
        columns=tuple(columns),
        values=np.where(np.isfinite(values), values, np.nan),
        names=["/".join(map(str, _parts(key))) for key in frame.index],
        rows=[f"row {number}" for number in range(1, len(frame) + 1)],
    )


def _parts(key):
    return key if isinstance(key, tuple) else (key,)
