"""The two optional label files of a plain rig: 3D hands and hand boxes."""

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.recordings.calibration import mm_per_unit
from hand_geo_keras.recordings.json_file import read_json
from hand_geo_keras.recordings.recording import Hand


def read_hands3d(path, default_subject):
    """Reads `hands3d.json`.

    Args:
        path: `pathlib.Path` of the file.
        default_subject: Subject of the entries that name none.

    Returns:
        dict from frame index to a tuple of `Hand`.

    Raises:
        LabelError: If the file or an entry is malformed; names the entry and field.
    """
    content = read_json(path, LabelError)
    mm = mm_per_unit(content, path, LabelError)
    entries = content.get("frames")
    if not isinstance(entries, list):
        raise LabelError(f"{path}: field 'frames' must be a list of labelled hands.")
    hands = {}
    for number, entry in enumerate(entries):
        where = f"{path}: entry {number} of 'frames'"
        frame, hand = _hand(entry, where, mm, default_subject)
        hands[frame] = (*hands.get(frame, ()), hand)
    return hands


def _hand(entry, where, mm, default_subject):
    if not isinstance(entry, dict):
        raise LabelError(f"{where} must be an object. Received: {entry!r}")
    frame, side = entry.get("frame"), entry.get("hand")
    if not isinstance(frame, int) or frame < 0:
        raise LabelError(
            f"{where}: field 'frame' must be a 0-based index. Received: frame={frame!r}"
        )
    where = f"{where} (frame {frame})"
    if side not in ("right", "left"):
        raise LabelError(
            f"{where}: field 'hand' must be 'right' or 'left'. Received: hand={side!r}"
        )
    landmarks = _numbers(entry, "landmarks", 3 * NUM_JOINTS, where)
    joints = landmarks.reshape(NUM_JOINTS, 3) * mm
    valid = _numbers(entry, "valid", NUM_JOINTS, where, default=1) > 0
    error = _numbers(entry, "reprojection_px", NUM_JOINTS, where, default=0)
    return frame, Hand(
        side=side,
        subject=str(entry.get("subject", default_subject)),
        joints=joints,
        # A joint written as null (or NaN) is one that nobody located.
        valid=valid & np.isfinite(joints).all(-1),
        score=_numbers(entry, "score", NUM_JOINTS, where, default=1).astype("f4"),
        reprojection_px=error.astype("f4"),
        id=int(entry.get("id", 0)),
    )


def _numbers(entry, field, length, where, default=None):
    if field not in entry and default is not None:
        return np.full(length, default, np.float64)
    try:
        values = np.asarray(entry.get(field), np.float64)
    except (TypeError, ValueError):
        values = None
    if values is None or values.shape != (length,):
        shape = None if values is None else values.shape
        raise LabelError(
            f"{where}: field {field!r} must be a flat list of {length} numbers. "
            f"Received: shape={shape}"
        )
    return values


def read_boxes(path, camera_names):
    """Reads `boxes.json`, the user's own hand boxes per camera.

    The file is `{camera: {"box": [cx, cy, side]}}` where the box never moves or
    `{camera: {"frames": {"12": [cx, cy, side], ...}}}` for a track, in pixels.

    Args:
        path: `pathlib.Path` of the file.
        camera_names: Names that are allowed.

    Returns:
        dict from camera name to a dict from frame index (None: every frame) to
        `(centre x, centre y, side)`.

    Raises:
        LabelError: If the file is malformed or names an unknown camera.
    """
    content = read_json(path, LabelError)
    unknown = sorted(set(content) - set(camera_names))
    if unknown:
        raise LabelError(
            f"{path}: names the cameras {unknown}, but the calibration has only "
            f"{sorted(camera_names)}; correct the names."
        )
    return {name: box_track(name, entry, path) for name, entry in content.items()}


def box_track(name, entry, path):
    """Reads one camera's entry of `boxes.json`.

    Args:
        name: Name of the camera, for error messages.
        entry: `{"box": [cx, cy, side]}` or `{"frames": {"12": [cx, cy, side]}}`.
        path: File of the entry, for error messages.

    Returns:
        dict from frame index (None: every other frame) to `(cx, cy, side)`.

    Raises:
        LabelError: If the entry is malformed.
    """
    entry = entry if isinstance(entry, dict) else {}
    track = entry.get("frames", {})
    if not ("box" in entry or track) or not isinstance(track, dict):
        raise LabelError(
            f"{path}: camera {name!r} needs a field 'box' with [cx, cy, side] or a "
            "field 'frames' with one such list per frame index."
        )
    boxes = {None: _box(entry["box"], name, "box", path)} if "box" in entry else {}
    for frame, box in track.items():
        if not frame.isdecimal():
            raise LabelError(
                f"{path}: camera {name!r}: 'frames' must be keyed by 0-based frame "
                f"indices. Received: {frame!r}"
            )
        boxes[int(frame)] = _box(box, name, f"frames[{frame}]", path)
    return boxes


def _box(box, name, field, path):
    try:
        center_x, center_y, side = (float(value) for value in box)
    except (TypeError, ValueError):
        side = -1.0
    if not side > 0 or not np.isfinite([center_x, center_y, side]).all():
        raise LabelError(
            f"{path}: camera {name!r}: field {field!r} must be [cx, cy, side] in "
            f"pixels with a positive side. Received: {box!r}"
        )
    return center_x, center_y, side
