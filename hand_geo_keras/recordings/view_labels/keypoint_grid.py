"""A table of keypoints, whatever file it comes from: rows are images or hands."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.joint_names import joint_order
from hand_geo_keras.recordings.text_files.numbers import MAX_ABSOLUTE
from hand_geo_keras.recordings.view_labels.label_choice import (
    LabelChoice,
    View,
    chosen_individual,
)
from hand_geo_keras.recordings.view_labels.view_labels import (
    ViewLabels,
    collect_labels,
    no_joints,
)

_KINDS = {
    "x": ("x", "u"),
    "y": ("y", "v"),
    "z": ("z",),
    "confidence": (
        *("likelihood", "confidence", "conf", "score", "visible", "visibility", "prob"),
        "probability",
    ),
}
MAX_CONFIDENCE = 2.0
KIND_OF_WORD = {word: kind for kind, words in _KINDS.items() for word in words}


@dataclasses.dataclass(frozen=True)
class KeypointGrid:
    """A table of keypoints.

    Args:
        path: File, for error messages.
        columns: tuple of `(individual or None, keypoint, kind)`, the kind `"x"`, `"y"`,
            `"z"` or `"confidence"`.
        values: `[rows, columns]` float64, NaN where empty.
        names: Frame or image of each row.
        rows: For each row how to call it in messages.
        individuals: For each row its individual, or None if rows have none.
        unread: Names of columns that are neither of these.
    """

    path: object
    columns: tuple
    values: np.ndarray
    names: list
    rows: list
    individuals: list | None = None
    unread: tuple = ()


def grid_labels(grid: KeypointGrid, choice: LabelChoice, view: View) -> ViewLabels:
    """The labels of one hand from a table of keypoints.

    Args:
        grid: `KeypointGrid`.
        choice: `LabelChoice`.
        view: `View`.

    Returns:
        `ViewLabels`.

    Raises:
        LabelError: If individuals, joints or frames cannot be told.
    """
    kept = _rows_of_individual(grid, choice)
    columns, order = _columns(grid, choice)
    pixels = [_pixels(grid.values[row], columns, choice) for row in kept]
    entries = [
        (hand, f"{grid.path}: {grid.rows[row]}") for hand, row in zip(pixels, kept)
    ]
    labels = collect_labels(
        entries,
        [grid.names[row] for row in kept],
        grid.path,
        choice,
        view,
    )
    others = len(grid.names) - len(kept)
    if others:
        labels.read += others
        labels.dropped["of another individual"] += others
    labels.ignored = (*order.ignored, *grid.unread)
    labels.completed = order.completed
    return labels


def _rows_of_individual(grid, choice):
    if grid.individuals is None:
        return list(range(len(grid.names)))
    wanted = chosen_individual(grid.individuals, choice, grid.path)
    return [row for row, name in enumerate(grid.individuals) if name == wanted]


def _columns(grid, choice):
    """For each joint a list of dicts from kind to column; and the `JointOrder`."""
    individuals = [individual for individual, _, _ in grid.columns if individual]
    wanted = None
    if individuals and grid.individuals is None:
        wanted = chosen_individual(individuals, choice, grid.path)
    parts = {}
    for column, (individual, name, kind) in enumerate(grid.columns):
        if wanted is None or individual == wanted:
            part = parts.setdefault(name, {})
            if kind in part:
                raise LabelError(
                    f"{grid.path}: the column {kind!r} of {name!r} stands twice; keep "
                    "one."
                )
            part[kind] = column
    complete = {name: part for name, part in parts.items() if {"x", "y"} <= part.keys()}
    if any("z" in part for part in complete.values()) and choice.label_size is None:
        _refuse_3d(grid, complete)
    _refuse_percentages(grid, complete)
    names = list(complete)
    order = joint_order(names, grid.path, choice.side, choice.joint_order)
    columns = [[complete[names[i]] for i in indices] for indices in order.columns]
    return columns, order


def _refuse_3d(grid, complete):
    """MediaPipe writes a z beside normalised x and y; other z are 3D points."""
    columns = [part[kind] for part in complete.values() for kind in ("x", "y")]
    values = grid.values[:, columns]
    if np.isfinite(values).any() and np.nanmax(np.abs(values)) > 2:
        raise LabelError(
            f"{grid.path}: has columns x, y and z, so it holds 3D points; give it "
            "alone (--labels FILE) as 3D labels, or a file with pixels for each camera."
        )


def _refuse_percentages(grid, complete):
    """Visibilities are 0, 1 or 2; likelihoods end at 1, or a little above."""
    columns = [p["confidence"] for p in complete.values() if "confidence" in p]
    values = grid.values[:, columns]
    if np.isfinite(values).any() and np.nanmax(values) > MAX_CONFIDENCE:
        raise LabelError(
            f"{grid.path}: a likelihood must be between 0 and 1; divide percentages by "
            f"100. Received: up to {np.nanmax(values):g}"
        )


def _pixels(values, columns, choice):
    pixels = no_joints()
    for joint, parts in enumerate(columns):
        points = [_point(values, part, choice.min_likelihood) for part in parts]
        if points:
            pixels[joint] = np.mean(points, axis=0)
    pixels[np.isnan(pixels).any(-1)] = np.nan
    return pixels


def _point(values, part, min_likelihood):
    confidence = values[part["confidence"]] if "confidence" in part else 1.0
    if not confidence >= min_likelihood:
        return np.full(2, np.nan)
    return values[[part["x"], part["y"]]]


def checked_value(cell: Any, where: object) -> Any:
    """A cell as a float, NaN if empty.

    Raises:
        LabelError: If it is no finite number.
    """
    text = str(cell).strip()
    if not text or text.lower() in ("nan", "na", "none", "null", "-"):
        return np.nan
    try:
        value = float(text)
    except ValueError as reason:
        raise LabelError(f"{where}: is not a number. Received: {cell!r}") from reason
    if np.isnan(value):
        return np.nan
    if not abs(value) <= MAX_ABSOLUTE:
        raise LabelError(f"{where}: is no finite coordinate. Received: {cell!r}")
    return value
