"""Chooses the frames that are most worth correcting by hand."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.io import write_csv
from hand_geo_keras.labelling.hand_track import HandTrack
from hand_geo_keras.labelling.rejection import relative_errors
from hand_geo_keras.recordings.hands_in_view import fractions_inside
from hand_geo_keras.recordings.text_files.numbers import whole_number
from hand_geo_keras.recordings.text_files.table import read_table

CHOSEN = "frames_to_correct.csv"
_COLUMNS = ("frame", "disagreement")
_WHOLE = 0.9
_WRIST, _INDEX, _MIDDLE, _LITTLE = 0, 5, 9, 17


def choose_frames(
    track: HandTrack,
    count: int,
    leave_out: Iterable[int] = (),
    cameras: Sequence[Camera] = (),
) -> list[tuple[int, float]]:
    """Frames of different poses, those in which the views disagree first.

    Farthest-point sampling on the articulation (joints in the palm's frame, in sizes
    of the palm): the first is the frame with the largest disagreement, each next one
    the frame whose distance to all chosen ones, times its disagreement, is largest.

    Args:
        track: `HandTrack`.
        count: Number of frames, at most.
        leave_out: Frames that are corrected already; their poses count as chosen.
        cameras: `Camera` objects; with them, hands that are not whole in two views are
            not chosen, for nobody could place all their joints.

    Returns:
        list of `(frame, disagreement)` in order of choice, the latter as the mean
        reprojection error in extents of the hand.
    """
    if not len(track):
        return []
    poses = articulation(track.joints)
    disagreement = np.nanmean(relative_errors(track), axis=1)
    # From 1 to 3: a pose that nobody has seen counts more than a bad one seen twice.
    urgency = 1 + 2 * disagreement / max(disagreement.max(), 1e-9)
    distance = np.full(len(track), np.inf)
    taken = np.isin(track.frames, list(leave_out))
    for number in np.flatnonzero(taken):
        distance = np.minimum(distance, np.linalg.norm(poses - poses[number], axis=1))
    if cameras:
        inside = fractions_inside(cameras, track.joints)
        taken |= (inside > _WHOLE).sum(0) < 2
    chosen = []
    while len(chosen) < min(count, (~taken).sum()):
        gain = np.where(np.isfinite(distance), distance, 1.0) * urgency
        gain[taken | np.isin(np.arange(len(track)), chosen)] = -1
        best = int(gain.argmax())
        chosen.append(best)
        distance = np.minimum(distance, np.linalg.norm(poses - poses[best], axis=1))
    return [
        (int(track.frames[number]), float(disagreement[number])) for number in chosen
    ]


def articulation(joints: np.ndarray) -> np.ndarray:
    """Joints `[T, 21, 3]` as `[T, 63]` in the palm's frame, in sizes of the palm."""
    centred = joints - joints[:, [_WRIST]]
    size = np.linalg.norm(centred[:, _MIDDLE], axis=-1)
    along = _unit(centred[:, _MIDDLE])
    across = joints[:, _LITTLE] - joints[:, _INDEX]
    across = _unit(across - (across * along).sum(-1, keepdims=True) * along)
    axes = np.stack([along, across, np.cross(along, across)], axis=-1)  # columns
    local = centred @ axes / np.maximum(size, 1e-6)[:, None, None]
    return local.reshape(len(joints), -1)


def _unit(vectors):
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(norms, 1e-9)


def write_chosen_frames(folder: Path, chosen: Iterable[tuple[int, float]]) -> Path:
    """Writes the frames of `choose_frames` as `frames_to_correct.csv` in a folder.

    Returns:
        `pathlib.Path` of the file.
    """
    rows = [
        {"frame": frame, "disagreement": round(value, 4)} for frame, value in chosen
    ]
    write_csv(folder / CHOSEN, rows, _COLUMNS)
    return folder / CHOSEN


def read_chosen_frames(folder: Path) -> list[int]:
    """Frames of `frames_to_correct.csv` in order; an absent file is an empty list.

    Args:
        folder: `pathlib.Path`.

    Raises:
        LabelError: If the file is malformed.
    """
    path = folder / CHOSEN
    if not path.is_file():
        return []
    header, *rows = read_table(path).rows
    if "frame" not in header:
        raise LabelError(f"{path}: needs a column 'frame'. Received: {header[:5]}")
    column = header.index("frame")
    frames: list[Any] = [
        whole_number(row[column]) if column < len(row) else None for row in rows
    ]
    if None in frames:
        raise LabelError(
            f"{path}: column 'frame' must hold 0-based frame indices. "
            f"Received: {rows[frames.index(None)]}"
        )
    return list(dict.fromkeys(frames))
