"""Predicted keypoints as JSON and CSV."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.io import write_text

_POSITION_CAMERA, _POSITION_WRIST = "camera", "wrist"


def write_keypoints_json(
    path: Path, predictions: Any, skipped: dict[Any, Any] | None = None, **metadata: Any
) -> None:
    """Writes predictions as JSON, atomically.

    Every entry of `hands` has `source`, `frame`, `time_s` (or null), `track` (number
    of the hand, the same in all frames of a video), `side`, `box`, `pixels` `[21][2]`,
    `joints_mm` `[21][3]` relative to the wrist in the camera's axes, `wrist_mm`
    `[3]` in the camera's frame or null, `camera_joints_mm` `[21][3]` or null, and, from
    a model with named latent points, `score` (how probable the hand is) and `spread_px`
    `[21]` (std of `pixels`), else null.

    Args:
        path: `pathlib.Path` of the file.
        predictions: `HandPrediction` objects.
        skipped: Optional dict of the number of skipped frames by reason.
        **metadata: Further fields, such as the model's name.
    """
    write_text(path, keypoints_json(predictions, skipped, **metadata))


def keypoints_json(predictions: Any, skipped: Any = None, **metadata: Any) -> str:
    """The text of `write_keypoints_json`."""
    content = {
        **metadata,
        "units": {"pixels": "px", "joints_mm": "mm", "camera_joints_mm": "mm"},
        "axes": "camera: x right, y down, z forward",
        "joint_names": list(JOINT_NAMES),
        "skipped": dict(skipped or {}),
    }
    # One line per hand: indented, its numbers take three times as long.
    hands = ",\n".join(json.dumps(_entry(prediction)) for prediction in predictions)
    head = json.dumps(content, indent=1).removesuffix("\n}")
    return f'{head},\n "hands": [\n{hands}\n]\n}}\n'


def write_keypoints_csv(path: Path, predictions: Any) -> None:
    """Writes predictions as a table with one row per hand, atomically.

    Columns are `source, frame, time_s, track, side, position` and for each joint `_u`,
    `_v` (px) and `_x`, `_y`, `_z` (mm): in the camera's frame where `position` is
    `camera`, relative to the wrist where it is `wrist`.

    Args:
        path: `pathlib.Path` of the file.
        predictions: `HandPrediction` objects.
    """
    write_text(path, keypoints_csv(predictions))


def keypoints_csv(predictions: Any) -> str:
    """The text of `write_keypoints_csv`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [f"{name}_{axis}" for name in JOINT_NAMES for axis in "uvxyz"]
    first = ("source", "frame", "time_s", "track", "side", "position")
    writer.writerow([*first, *columns])
    for hand in predictions:
        absolute = hand.wrist is not None
        joints = hand.camera_joints if absolute else hand.joints
        values = np.concatenate([hand.pixels, joints], axis=1).ravel().round(3)
        position = _POSITION_CAMERA if absolute else _POSITION_WRIST
        time = "" if hand.time is None else round(hand.time, 6)
        of_hand = (hand.source, hand.frame, time, hand.track, hand.side, position)
        writer.writerow([*of_hand, *values])
    return text.getvalue()


def _entry(hand):
    absolute = hand.wrist is not None
    return {
        "source": hand.source,
        "frame": hand.frame,
        "time_s": None if hand.time is None else round(hand.time, 6),
        "track": hand.track,
        "side": hand.side,
        "box": hand.box.round(3).tolist(),
        "pixels": hand.pixels.round(3).tolist(),
        "joints_mm": hand.joints.round(3).tolist(),
        "wrist_mm": hand.wrist.round(3).tolist() if absolute else None,
        "camera_joints_mm": hand.camera_joints.round(3).tolist() if absolute else None,
        "score": None if hand.score is None else round(hand.score, 4),
        "spread_px": None if hand.spread is None else hand.spread.round(2).tolist(),
    }
