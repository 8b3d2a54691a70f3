"""Writing of the JSON files that make a folder of videos a rig."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.io import write_json
from hand_geo_keras.recordings.lens_models import lens_fields


def write_rig(
    folder: Path,
    cameras: Sequence[Camera],
    videos: dict[Any, Any],
    fps: float,
    hands: dict[Any, Any] | None = None,
    subject: str | None = None,
    offsets: dict[Any, Any] | None = None,
) -> None:
    """Writes `calibration.json` and `hands3d.json` beside the videos of a rig.

    What is written reads back through `open_recording`; see `RigRecording` for the
    format. Each file is written in full or not at all.

    Args:
        folder: `pathlib.Path` of the folder with the videos.
        cameras: `Camera` objects.
        videos: dict from camera name to the video's file name in the folder.
        fps: Frames per second.
        hands: Optional dict from frame index to a sequence of `Hand`.
        subject: Optional name of the recorded person.
        offsets: Optional dict from camera name to its `frame_offset`.

    Example:
        ```python
        write_rig(folder, cameras, {"left": "l.mp4", "right": "r.mp4"}, fps=30)
        recording = open_recording(folder)
        ```
    """
    offsets = offsets or {}
    calibration = {
        "unit": "mm",
        "fps": fps,
        "cameras": [
            _camera_entry(camera, videos[camera.name], offsets.get(camera.name, 0))
            for camera in cameras
        ],
    }
    if subject is not None:
        calibration["subject"] = subject
    write_json(folder / "calibration.json", calibration, indent=None)
    if hands is not None:
        write_hands3d(folder / "hands3d.json", hands)


def write_hands3d(path: Path, hands: dict[Any, Any], source: str | None = None) -> None:
    """Writes 3D labels in the layout of a rig's `hands3d.json`.

    Args:
        path: `pathlib.Path` of the file.
        hands: dict from frame index to a sequence of `Hand`.
        source: Optional text on where the labels come from.
    """
    labels = {
        "unit": "mm",
        "order": ", ".join(JOINT_NAMES),
        **({} if source is None else {"source": source}),
        "frames": [
            _hand_entry(frame, hand) for frame in sorted(hands) for hand in hands[frame]
        ],
    }
    write_json(path, labels, indent=None)


def _camera_entry(camera, video, offset):
    return {
        "name": camera.name,
        "video": video,
        "resolution": list(camera.resolution),
        "K": camera.K.tolist(),
        "distCoef": camera.distortion.tolist(),
        **lens_fields(camera),
        "R": camera.R.tolist(),
        "t": camera.t.tolist(),
        "frame_offset": offset,
    }


def _hand_entry(frame, hand):
    return {
        "frame": int(frame),
        "hand": hand.side,
        **({"corrected": True} if hand.corrected else {}),
        "subject": hand.subject,
        "id": hand.id,
        "landmarks": _null_for_nan(hand.joints),
        "valid": hand.valid.astype(int).tolist(),
        "score": hand.score.tolist(),
        "reprojection_px": hand.reprojection_px.tolist(),
    }


def _null_for_nan(values):
    # JSON has no NaN.
    return np.where(np.isfinite(values), values, None).ravel().tolist()
