"""The two optional label files of a plain rig: 3D hands and hand boxes."""

from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.recordings.calibration import mm_per_unit
from hand_geo_keras.recordings.joint_names import joint_order as joint_order_of
from hand_geo_keras.recordings.joint_orders import (
    checked_order,
    described_order,
    named_order,
)
from hand_geo_keras.recordings.recording import Hand
from hand_geo_keras.recordings.text_files.json_file import read_json
from hand_geo_keras.recordings.text_files.numbers import number_array, whole_number

# No hand is so small in pixels, nor all of it so near the corner.
NORMALISED = 2.0


def read_hands3d(
    path: Path, default_subject: str | None, joint_order: Any = None
) -> dict[Any, Any]:
    """Reads `hands3d.json`.

    Args:
        path: `pathlib.Path` of the file.
        default_subject: Subject of the entries that name none.
        joint_order: Name of the order of the joints (see `joint_orders`) if it is not
            the file's own field `order`, else OpenPose's.

    Returns:
        dict from frame index to a tuple of `Hand`.

    Raises:
        LabelError: If the file or an entry is malformed, an order is not understood, or
            a hand stands twice; names the entry and field.
    """
    content = read_json(path, LabelError)
    mm = mm_per_unit(content, path, LabelError)
    order = _order(content, path, joint_order)
    entries = content.get("frames")
    if not isinstance(entries, list):
        raise LabelError(f"{path}: field 'frames' must be a list of labelled hands.")
    hands = {}
    for number, entry in enumerate(entries):
        where = f"{path}: entry {number} of 'frames'"
        frame, hand = _hand(entry, where, mm, default_subject, order)
        others = hands.setdefault(frame, ())
        if _is_new(hand, others, f"{where} (frame {frame})"):
            hands[frame] = (*others, hand)
    return hands


def _order(content, path, joint_order):
    """Place of each of our joints in the file."""
    where = f"{path}: field 'order'"
    text = joint_order or content.get("order")
    if text is None:
        return list(range(NUM_JOINTS))
    if isinstance(text, str):
        ours = named_order(text) or described_order(text)
        if ours is not None:
            return np.argsort(ours).tolist()
        text = [name.strip() for name in text.split(",")]
    if not isinstance(text, list) or len(text) != NUM_JOINTS:
        return checked_order(
            content.get("order") if joint_order is None else text, where
        )
    columns = joint_order_of(text, where).columns
    if not all(len(column) == 1 for column in columns):
        raise LabelError(f"{where}: must name each of the {NUM_JOINTS} joints once.")
    return [column[0] for column in columns]


def _is_new(hand, others, where):
    """Whether a hand stands for the first time; two versions of one are refused."""
    for other in others:
        if (other.side, other.subject, other.id) != (hand.side, hand.subject, hand.id):
            continue
        if np.array_equal(other.joints, hand.joints, equal_nan=True):
            return False
        raise LabelError(
            f"{where}: labels the {hand.side} hand of {hand.subject!r} a second time; "
            "keep one, or give the people different 'subject' or 'id'."
        )
    return True


def _hand(entry, where, mm, default_subject, order):
    if not isinstance(entry, dict):
        raise LabelError(f"{where} must be an object. Received: {str(entry)[:80]}")
    frame, side = whole_number(entry.get("frame")), entry.get("hand")
    if frame is None:
        raise LabelError(
            f"{where}: field 'frame' must be a 0-based index. "
            f"Received: frame={entry.get('frame')!r}"
        )
    where = f"{where} (frame {frame})"
    if side not in ("right", "left"):
        raise LabelError(
            f"{where}: field 'hand' must be 'right' or 'left'. Received: hand={side!r}"
        )
    joints = _numbers(entry, "landmarks", (NUM_JOINTS, 3), where)[order] * mm
    valid = _numbers(entry, "valid", (NUM_JOINTS,), where, default=1)[order] > 0
    error = _numbers(entry, "reprojection_px", (NUM_JOINTS,), where, default=0)[order]
    score = _numbers(entry, "score", (NUM_JOINTS,), where, default=1)[order]
    if (score < 0).any() or (score > 1).any():
        raise LabelError(
            f"{where}: field 'score' must be between 0 and 1; divide percentages by "
            f"100. Received: {np.nanmin(score):g} to {np.nanmax(score):g}"
        )
    return frame, Hand(
        side=side,
        subject=str(entry.get("subject", default_subject)),
        joints=joints,
        # A joint written as null (or NaN) is one that nobody located.
        valid=valid & np.isfinite(joints).all(-1),
        score=score.astype("f4"),
        reprojection_px=error.astype("f4"),
        id=_id(entry, where),
        corrected=entry.get("corrected") is True,
    )


def _id(entry, where):
    number = whole_number(entry.get("id", 0))
    if number is None:
        raise LabelError(
            f"{where}: field 'id' must be a whole number. Received: {entry['id']!r}"
        )
    return number


def _numbers(entry, field, shape, where, default=None):
    if field not in entry and default is not None:
        return np.full(shape, default, np.float64)
    value, count = entry.get(field), int(np.prod(shape))
    if not isinstance(value, list) or len(value) not in (count, shape[0]):
        raise LabelError(
            f"{where}: field {field!r} must be a flat list of {count} numbers. "
            f"Received: {_shown(value)}"
        )
    what = f"{where}: field {field!r}"
    return number_array(value, shape, what, LabelError, allow_nan=True)


def _shown(value):
    return f"{len(value)} values" if isinstance(value, list) else str(value)[:60]


def read_boxes(path: Path, camera_names: Any) -> dict[Any, Any]:
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


def boxes_past_the_end(boxes: dict[Any, Any], num_frames: int) -> list[tuple[str, int]]:
    """`(camera name, frame)` of boxes that belong to no frame of a recording.

    Args:
        boxes: What `read_boxes` returned.
        num_frames: Number of instants of the recording.
    """
    return [
        (name, frame)
        for name, track in boxes.items()
        for frame in sorted(frame for frame in track if frame is not None)
        if frame >= num_frames
    ]


def box_track(name: str, entry: Any, path: str | Path) -> dict[Any, Any]:
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
    for key, box in track.items():
        frame = whole_number(key)
        if frame is None or frame in boxes:
            raise LabelError(
                f"{path}: camera {name!r}: 'frames' must be keyed by 0-based frame "
                f"indices, each once. Received: {key!r}"
            )
        boxes[frame] = _box(box, name, f"frames[{key}]", path)
    return boxes


def _box(box, name, field, path):
    what = f"{path}: camera {name!r}: field {field!r}"
    try:
        values = number_array(box, (3,), what, LabelError)
    except LabelError:
        values = np.zeros(3)
    if not values[2] > 0:
        raise LabelError(
            f"{what} must be [cx, cy, side] in pixels with a positive side. "
            f"Received: {str(box)[:80]}"
        )
    if np.abs(values).max() <= NORMALISED:
        raise LabelError(
            f"{what} seems to be normalised by the image's width and height; multiply "
            f"it by them: boxes are in pixels. Received: {values.tolist()}"
        )
    return tuple(values.tolist())
