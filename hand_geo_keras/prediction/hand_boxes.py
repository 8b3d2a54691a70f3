"""Where the hand is in every frame, from whatever the user has."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.rig_labels import NORMALISED, box_track
from hand_geo_keras.recordings.text_files import read_json, read_table
from hand_geo_keras.recordings.text_files.numbers import whole_number

_BOX_COLUMNS = ("cx", "cy", "side")


def open_boxes(boxes: Any, camera_name: str | None = None) -> Any:
    """Makes a function that tells the hand's box in a frame.

    Args:
        boxes: One of
            - a box `(centre x, centre y, side)` in pixels for all frames;
            - a dict from frame index or image name to such boxes;
            - a file: JSON `{"box": [...]}`, `{"frames": {"12": [...]}}` or a rig's
              `boxes.json` with such an entry per camera; or CSV with the columns
              `frame` (index) or `image` (name), `cx`, `cy`, `side`;
            - a detector: callable `(camera, image) -> box or None`.
        camera_name: Camera to take from a rig's `boxes.json`; not needed if there is
            only one.

    Returns:
        Function `(source, frame, camera, image) -> (cx, cy, side) or None`.

    Raises:
        LabelError: If a file is malformed.
        ValueError: If a given box is no box.

    Example:
        ```python
        find = open_boxes("boxes.csv")
        box = find("clip.mp4", 12, None, None)
        ```
    """
    if callable(boxes):
        return lambda source, frame, camera, image: boxes(camera, image)
    if isinstance(boxes, str | Path):
        boxes = _read(Path(boxes), camera_name)
    if not isinstance(boxes, dict):
        boxes = {None: boxes}
    track = {key: _checked(box) for key, box in boxes.items()}

    def find(source, frame, camera=None, image=None):
        for key in (source, frame, None):
            if key in track:
                return track[key]
        return None

    return find


def _checked(box):
    try:
        values = np.asarray(box, np.float64)
    except (TypeError, ValueError, OverflowError):
        values = np.empty(0)
    if values.shape != (3,) or not np.isfinite(values).all() or values[2] <= 0:
        raise ValueError(
            "A hand box must be (centre x, centre y, side) in pixels with a positive "
            f"side. Received: box={box!r}"
        )
    if np.abs(values).max() <= NORMALISED:
        raise ValueError(
            "A hand box must be in pixels, but this one seems to be normalised by the "
            f"image's width and height: multiply it by them. Received: box={box!r}"
        )
    return tuple(values.tolist())


def _read(path, camera_name):
    if path.suffix.lower() == ".csv":
        return _read_csv(path)
    content = read_json(path, LabelError)
    if "box" in content or "frames" in content:
        return box_track("hand", content, path)
    names = sorted(content)
    if camera_name is None and len(names) == 1:
        camera_name = names[0]
    if camera_name not in content:
        raise LabelError(
            f"{path}: say which camera's boxes to take. "
            f"Received: camera={camera_name!r}, the file has {names}"
        )
    return box_track(camera_name, content[camera_name], path)


def _read_csv(path):
    table = read_table(path, LabelError)
    header = [cell.lower() for cell in table.rows[0]]
    missing = [name for name in _BOX_COLUMNS if name not in header]
    kind = next((name for name in ("image", "frame") if name in header), None)
    if missing or kind is None:
        raise LabelError(
            f"{path}: needs the columns 'frame' (index) or 'image' (name), 'cx', 'cy' "
            f"and 'side' in pixels. Received: header={table.rows[0][:8]}"
        )
    track = {}
    for number in range(1, len(table.rows)):
        key, box = _row(table, number, header, kind)
        if track.setdefault(key, box) != box:
            raise LabelError(
                f"{table.where(number)}: gives {kind} {key} another box than before."
            )
    if not track:
        raise LabelError(f"{path}: holds no box; write one row per frame.")
    return track


def _row(table, number, header, kind):
    """Frame or image of a row, and its box."""
    where = table.where(number)
    row = dict(zip(header, table.rows[number]))
    key = row[kind] if kind == "image" else whole_number(row.get(kind, ""))
    try:
        box = _checked([float(row[column]) for column in _BOX_COLUMNS])
    except (KeyError, ValueError) as reason:
        raise LabelError(
            f"{where} needs 'cx', 'cy' and a positive 'side' in pixels ({reason})."
        ) from reason
    if key is None:
        raise LabelError(
            f"{where} needs 'frame' (index from 0 on) or 'image' (name). Received: "
            f"{row.get(kind)!r}"
        )
    return key, box
