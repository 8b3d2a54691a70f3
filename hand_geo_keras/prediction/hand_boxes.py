"""Where the hand is in every frame, from whatever the user has."""

import csv
from pathlib import Path

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.json_file import read_json
from hand_geo_keras.recordings.rig_labels import box_track

_BOX_COLUMNS = ("cx", "cy", "side")


def open_boxes(boxes, camera_name=None):
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
    values = np.asarray(box, np.float64)
    if values.shape != (3,) or not np.isfinite(values).all() or values[2] <= 0:
        raise ValueError(
            "A hand box must be (centre x, centre y, side) in pixels with a positive "
            f"side. Received: box={box!r}"
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
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as reason:
        raise LabelError(f"{path}: cannot be read ({reason}).") from reason
    track = {}
    for number, row in enumerate(rows, 2):
        try:
            key = row["image"] if "image" in row else int(row["frame"])
            track[key] = _checked([float(row[column]) for column in _BOX_COLUMNS])
        except (KeyError, TypeError, ValueError) as reason:
            raise LabelError(
                f"{path}: row {number} needs 'frame' (index) or 'image' (name), 'cx', "
                f"'cy' and a positive 'side' in pixels. Received: {row}"
            ) from reason
    if not track:
        raise LabelError(f"{path}: holds no box; write one row per frame.")
    return track
