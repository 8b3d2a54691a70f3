"""CSV with one row per frame, hand and joint."""

from collections.abc import Sequence
from pathlib import Path

from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.io import write_csv
from hand_geo_keras.motion_files.hand_motion import HandMotion

_COLUMNS = (
    *("frame", "time_s", "hand", "side", "reference"),
    *("joint", "x_mm", "y_mm", "z_mm"),
)


def write_joint_table(path: Path, motions: Sequence[HandMotion]) -> None:
    """Writes hands as a tidy table.

    Columns: `frame` (0-based), `time_s`, `hand` (its name), `side`, `reference`
    (`camera`: x right, y down, z forward; `wrist`: the same axes, origin in the wrist;
    `world`: the rig's), `joint` (its name), `x_mm`, `y_mm`, `z_mm`. Frames without a
    hand have no rows.

    Args:
        path: `pathlib.Path` of the file.
        motions: List of `HandMotion`.

    Raises:
        StorageError: If the file cannot be written.
    """
    rows = [
        dict(zip(_COLUMNS, (*of_frame, name, *_rounded(joint))))
        for motion in motions
        for of_frame, joints in zip(_frames(motion), motion.joints)
        for name, joint in zip(JOINT_NAMES, joints)
    ]
    write_csv(path, rows, _COLUMNS)


def _frames(motion):
    for frame, time in zip(motion.frames.tolist(), motion.times.tolist()):
        yield frame, round(time, 6), motion.name, motion.side, motion.reference


def _rounded(joint):
    return [round(value, 3) for value in joint.tolist()]
