"""One hand in the world from all views of a calibrated rig."""

import collections
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hand_geo_keras.geometry import box_inside_fraction, virtual_camera, warp_crop
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.io import write_text
from hand_geo_keras.prediction.fuse_views import fuse_views
from hand_geo_keras.prediction.hand_predictor import HandPredictor
from hand_geo_keras.prediction.locate_hand import DEFAULT_MARGIN, locate_hand
from hand_geo_keras.recordings.recording import Recording

_MIN_INSIDE = 0.25


def predict_views(
    predictor: HandPredictor,
    cameras: Sequence[Camera],
    images: Any,
    boxes: Any,
    precision: np.ndarray | None = None,
    margin: float = DEFAULT_MARGIN,
) -> np.ndarray:
    """Predicts one hand from any number of views of one instant.

    Args:
        predictor: `HandPredictor`; its own camera is not used.
        cameras: V `Camera` objects.
        images: V `[H, W, 3]` uint8 RGB images.
        boxes: V boxes `(centre x, centre y, side)` in the cameras' pixels.
        precision: See `fuse_views`.
        margin: Margin of the boxes.

    Returns:
        `[21, 3]` float64 joints in mm, world frame; NaN where the hand cannot be
        placed. One view gives an approximate distance, more views a good one.

    Raises:
        ValueError: If there is no view.

    Example:
        ```python
        predictor = HandPredictor("runs/my_rig")
        joints = predict_views(predictor, rig.cameras, images, boxes)
        ```
    """
    crops, rotations = [], []
    for camera, image, box in zip(cameras, images, boxes, strict=True):
        crop = virtual_camera(camera, box, predictor.crop_size)
        crops.append(warp_crop(image, camera, crop))
        rotations.append(crop.R)
    if not crops:
        raise ValueError("Prediction needs at least one view. Received: 0 cameras")
    poses = predictor.poses(np.stack(crops))
    pose = fuse_views(poses, np.stack(rotations), precision=precision)
    return pose + locate_hand(pose, cameras, boxes, margin)


def predict_recording(
    model: Any,
    recording: Recording,
    find_box: Any = None,
    side: str = "right",
    hand_size_mm: float | None = None,
    precision: np.ndarray | None = None,
    frames: Iterable[int] | None = None,
    out_file: str | Path | None = None,
    progress: bool = True,
) -> tuple[Any, ...]:
    """Predicts one hand in the world for every instant of a recording.

    At every instant all cameras are used in which the hand has a box.

    Args:
        model: See `load_pose_model`.
        recording: `Recording`.
        find_box: Detector `(camera, image) -> box or None` for frames without a box
            of the user's; the 3D labels are never used.
        side, hand_size_mm: See `HandPredictor`.
        precision: See `fuse_views`.
        frames: Instants to predict, all if None.
        out_file: JSON to write, in the layout of a rig's `hands3d.json`, or None.
        progress: Whether to show a progress bar.

    Returns:
        `(hands, skipped)`: a dict from instant to `[21, 3]` float64 joints in mm in
        the world frame, and a `collections.Counter` of skipped instants by reason.

    Example:
        ```python
        hands, skipped = predict_recording("runs/my_rig", open_recording("my_rig"))
        ```
    """
    predictor = HandPredictor(model, None, side, hand_size_mm)
    indices = sorted(range(recording.num_frames) if frames is None else frames)
    readers = {c.name: recording.frames(c.name, indices) for c in recording.cameras}
    hands, views, skipped = {}, {}, collections.Counter()
    for frame in tqdm(indices, recording.name, unit="frame", disable=not progress):
        images = {name: next(reader)[1] for name, reader in readers.items()}
        seen = _views(recording, frame, images, find_box)
        if not seen:
            skipped["no hand box in any view"] += 1
            continue
        joints = predict_views(predictor, *zip(*seen), precision)  # type: ignore[arg-type,call-arg]
        if np.isfinite(joints).all():
            hands[frame], views[frame] = joints, len(seen)
        else:
            skipped["hand cannot be placed"] += 1
    if out_file is not None:
        _write(Path(out_file), hands, views, side, skipped)
    return hands, skipped


def _views(recording, frame, images, find_box):
    views = []
    for camera in recording.cameras:
        image = images[camera.name]
        if image is None:
            continue
        box = recording.boxes(camera.name, frame)
        if box is None and find_box is not None:
            box = find_box(camera, image)
        if (
            box is not None
            and box_inside_fraction(box, camera.resolution) >= _MIN_INSIDE
        ):
            views.append((camera, image, box))
    return views


def _write(path, hands, views, side, skipped):
    entries = [
        {
            "frame": frame,
            "hand": side,
            "landmarks": joints.round(3).ravel().tolist(),
            "views": views[frame],
        }
        for frame, joints in hands.items()
    ]
    content = {"unit": "mm", "source": "predicted", "skipped": dict(skipped)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({**content, "frames": entries}))
