"""3D points that Anipose writes as CSV."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.recordings.joint_names import joint_order
from hand_geo_keras.recordings.recording import Hand
from hand_geo_keras.recordings.text_files import read_table
from hand_geo_keras.recordings.text_files.numbers import whole_number
from hand_geo_keras.recordings.view_labels.keypoint_grid import (
    MAX_CONFIDENCE,
    checked_value,
)
from hand_geo_keras.recordings.view_labels.label_choice import LabelChoice

_COLUMN = re.compile(r"(.+)_(x|y|z|error|ncams|score)")
_ROTATION = [f"M_{row}{column}" for row in range(3) for column in range(3)]
_CENTER = [f"center_{axis}" for axis in range(3)]
_FRAME_COLUMNS = ("fnum", "frame")


def is_anipose_3d(path: str | Path) -> bool:
    """Whether a file is a CSV with columns `<joint>_x`, `_y`, `_z` and a frame."""
    if Path(path).suffix.lower() != ".csv":
        return False
    try:
        header = read_table(Path(path)).rows[0]
    except LabelError:
        return False
    names = [m[1] for m in map(_COLUMN.fullmatch, header) if m and m[2] == "z"]
    return bool(names) and {f"{name}_x" for name in names} <= set(header)


def read_anipose_3d(
    path: Path, mm: Any, subject: str | None, choice: LabelChoice | None = None
) -> tuple[dict[int, Any], dict[str, Any]]:
    """Reads the 3D joints of one hand from Anipose's `pose_3d` CSV.

    Columns are `<joint>_x`, `_y`, `_z`, `_error`, `_ncams`, `_score`, the frame `fnum`,
    and the rotation `M_00` ... and shift `center_0` ... that Anipose has applied: they
    are undone, so that the joints are in the frame of its calibration.

    Args:
        path: File, str or `pathlib.Path`.
        mm: Length of the file's unit in mm: that of its calibration.
        subject: Name of the person.
        choice: `LabelChoice`; its defaults if None.

    Returns:
        dict from frame index to a tuple of one `Hand`, mm, world frame; and a dict from
        reason to number of the rows that were not used.

    Raises:
        LabelError: If the file is malformed or joints or frames cannot be told.
    """
    path, choice = Path(path), choice or LabelChoice()
    table = read_table(path)
    header = {name: column for column, name in enumerate(table.rows[0])}
    if len(header) < len(table.rows[0]):
        twice = sorted(n for n in header if table.rows[0].count(n) > 1)
        raise LabelError(f"{path}: the columns {twice} stand twice; keep one of each.")
    fnum = next((header[name] for name in _FRAME_COLUMNS if name in header), None)
    if fnum is None:
        raise LabelError(f"{path}: no column tells the frame; add one called 'fnum'.")
    names = [n.removesuffix("_z") for n in header if n.endswith("_z")]
    order = joint_order(names, path, choice.side, choice.joint_order)
    hands, skipped, seen = {}, {}, set()
    for number in range(1, len(table.rows)):
        row = _Row(table.rows[number], header, table.where(number))
        frame = whole_number(table.rows[number][fnum]) if row.is_whole else None
        if frame is None or frame < choice.first_frame or frame in seen:
            raise LabelError(
                f"{table.where(number)}: is cut off, or its frame is no whole number "
                f"from {choice.first_frame} on or stands twice."
            )
        seen.add(frame)
        hand = _hand(row, names, order, mm, subject, choice.side)
        if hand.score.min() < 0 or hand.score.max() > MAX_CONFIDENCE:
            raise LabelError(
                f"{table.where(number)}: a score must be between 0 and 1; divide "
                f"percentages by 100. Received: {hand.score.min():g} to "
                f"{hand.score.max():g}"
            )
        # Those of some networks end a little above 1.
        np.minimum(hand.score, 1, out=hand.score)
        if hand.valid.any():
            hands[frame - choice.first_frame] = (hand,)
        else:
            skipped["without a joint"] = skipped.get("without a joint", 0) + 1
    return hands, skipped


class _Row:
    """The numbers of one row by the name of their column."""

    def __init__(self, cells: Any, header: Any, where: str) -> None:
        self._cells, self._header, self._where = cells, header, where
        self.is_whole = len(cells) >= len(header)

    def __call__(self, names: Any, default: Any) -> np.ndarray:
        return np.array(
            [
                checked_value(self._cells[self._header[name]], self._where)
                if name in self._header
                else default
                for name in names
            ]
        )


def _hand(row, names, order, mm, subject, side):
    joints = np.full((NUM_JOINTS, 3), np.nan)
    score, error = np.ones(NUM_JOINTS), np.zeros(NUM_JOINTS)
    for joint, indices in enumerate(order.columns):
        if indices:
            parts = [names[index] for index in indices]
            points = [row([f"{n}_{axis}" for axis in "xyz"], np.nan) for n in parts]
            joints[joint] = np.mean(points, axis=0)
            score[joint] = np.min(row([f"{n}_score" for n in parts], 1.0))
            error[joint] = np.max(row([f"{n}_error" for n in parts], 0.0))
    rotation = np.stack([row(_ROTATION[i : i + 3], np.nan) for i in (0, 3, 6)])
    if np.isfinite(rotation).all():
        joints = joints @ rotation + np.nan_to_num(row(_CENTER, 0.0))
    return Hand(
        side=side,
        subject=subject,
        joints=joints * mm,
        valid=np.isfinite(joints).all(-1),
        score=np.nan_to_num(score).astype(np.float32),
        reprojection_px=np.nan_to_num(error).astype(np.float32),
    )
