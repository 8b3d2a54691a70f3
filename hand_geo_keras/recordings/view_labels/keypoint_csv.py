"""Keypoint tables of DeepLabCut and Lightning Pose, and plain ones."""

import csv
from pathlib import Path

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.view_labels.frame_number import frame_number
from hand_geo_keras.recordings.view_labels.joint_names import joint_order

_X, _Y = ("x", "u"), ("y", "v")
_CONFIDENCE = ("likelihood", "confidence", "score", "visible", "visibility")


def read_keypoint_csv(path, min_likelihood=0.5):
    """Reads the 2D joints of one view, one row per frame.

    Two layouts are understood: the three header rows `scorer`, `bodyparts`,
    `coords` of DeepLabCut and Lightning Pose, and one header row of columns named
    `<joint>_x`, `<joint>_y` and optionally `<joint>_likelihood`. The columns before
    them hold the frame: its index, or an image path that ends in it.

    Args:
        path: File, str or `pathlib.Path`.
        min_likelihood: Joints with a lower likelihood (or `visible` column) count
            as not seen.

    Returns:
        dict from frame index to `[21, 2]` float64 pixels in OpenPose order, NaN
        where a joint is not labelled.

    Raises:
        LabelError: If the file is unreadable or the header or a cell malformed.

    Example:
        ```python
        pixels = read_keypoint_csv("labels_cam0.csv")[12]  # [21, 2]
        ```
    """
    path = Path(path)
    rows = _rows(path)
    names, kinds, first_row = _header(rows, path)
    columns = _columns(names, kinds, path)
    frame_column = min(index for index, kind in enumerate(kinds) if kind) - 1
    labels = {}
    for number, row in enumerate(rows[first_row:], first_row + 1):
        where = f"{path}: row {number}"
        if len(row) != len(kinds):
            raise LabelError(
                f"{where} has {len(row)} cells but the header {len(kinds)}; the file "
                "may be cut off."
            )
        frame = frame_number(row[max(frame_column, 0)], where)
        labels[frame] = _pixels(row, columns, min_likelihood, where)
    return labels


def _rows(path):
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return [row for row in csv.reader(file) if any(row)]
    except OSError as reason:
        raise LabelError(f"{path}: cannot be read ({reason.strerror}).") from reason
    except (UnicodeDecodeError, csv.Error) as reason:
        raise LabelError(f"{path}: is not a CSV file ({reason}).") from reason


def _header(rows, path):
    """Keypoint name and kind ("x", "y", "confidence", None) of every column."""
    for index, row in enumerate(rows[:4]):
        if row[0].strip().lower() == "coords":
            kinds = [_kind(cell) for cell in row]
            return [cell.strip() for cell in rows[index - 1]], kinds, index + 1
    header = [cell.strip().rpartition("_") for cell in rows[0]] if rows else []
    kinds = [_kind(kind) if name else None for name, _, kind in header]
    if "x" not in kinds or "y" not in kinds:
        raise LabelError(
            f"{path}: has neither DeepLabCut's header rows (scorer, bodyparts, coords) "
            "nor columns like wrist_x, wrist_y."
        )
    return [name for name, _, _ in header], kinds, 1


def _kind(cell):
    cell = cell.strip().lower()
    for kind, words in (("x", _X), ("y", _Y), ("confidence", _CONFIDENCE)):
        if cell in words:
            return kind
    return None


def _columns(names, kinds, path):
    """For each joint a dict from kind to column, or None."""
    parts = {}
    for column, (name, kind) in enumerate(zip(names, kinds)):
        if kind:
            parts.setdefault(name, {})[kind] = column
    complete = [name for name, part in parts.items() if {"x", "y"} <= part.keys()]
    order = joint_order(complete, path)
    return [None if index is None else parts[complete[index]] for index in order]


def _pixels(row, columns, min_likelihood, where):
    pixels = np.full((len(columns), 2), np.nan)
    for joint, part in enumerate(columns):
        if part is None:
            continue
        x, y, confidence = (
            _number(row[part[kind]], where) if kind in part else 1.0
            for kind in ("x", "y", "confidence")
        )
        if confidence >= min_likelihood:
            pixels[joint] = x, y
    pixels[np.isnan(pixels).any(-1)] = np.nan
    return pixels


def _number(cell, where):
    try:
        return float(cell) if cell.strip() else np.nan
    except ValueError as reason:
        raise LabelError(f"{where}: is not a number. Received: {cell!r}") from reason
