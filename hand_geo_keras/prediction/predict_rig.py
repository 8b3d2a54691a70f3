"""Hands in the world from all views of a calibrated rig, over a whole recording."""

import collections
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.io import write_json
from hand_geo_keras.motion_files import HandMotion, checked_formats, write_motions
from hand_geo_keras.prediction.jitter import frame_jitter
from hand_geo_keras.prediction.one_euro_filter import OneEuroFilter, OneEuroSettings
from hand_geo_keras.prediction.rig_hands import check_boxes, open_rig_hands
from hand_geo_keras.recordings.recording import Recording

# Mean distance of the joints of a right and a left hand, in total bone lengths, below
# which both are one hand, taken for either side.
_ONE_HAND = 0.05


@dataclasses.dataclass(frozen=True)
class RigPredictions:
    """What predicting a rig gave.

    Args:
        hands: dict from side to a dict from instant to `[21, 3]` float64 joints in mm,
            world frame; smoothed if that was asked for.
        views: dict from side to a dict from instant to the number of views used.
        skipped: `collections.Counter` of instants without a hand by reason.
        files: tuple of `pathlib.Path`: what was written.
        jitter: dict of `"raw"` and `"smoothed"`: mean over the hands in mm per frame,
            or None, see `frame_jitter`.
    """

    hands: dict
    views: dict
    skipped: collections.Counter
    files: tuple[Path, ...]
    jitter: dict


def predict_rig(
    model: Any,
    recording: Recording,
    sides: Sequence[str] = ("right",),
    find_box: Any = None,
    *,
    hand_size_mm: float | None = None,
    bone_length_mm: Any = None,
    precision: str | None = None,
    frames: int | None = None,
    smoothing: OneEuroSettings | None = None,
    out_file: str | Path | None = None,
    formats: Any = (),
    progress: bool = True,
) -> RigPredictions:
    """Predicts hands in the world for every instant of a recording.

    At every instant all cameras are used in which the hand has a box or, with a model
    with named latent points, is found and followed.

    Args:
        model: See `load_pose_model`.
        recording: `Recording`; its 3D labels are never used.
        sides: `"right"`, `"left"` or both: one hand of each is predicted.
        find_box: Detector `(camera, image) -> box or None` for frames without a box
            of the user's.
        hand_size_mm, bone_length_mm: See `HandPredictor`.
        precision: See `fuse_views`.
        frames: Instants to predict, all if None.
        smoothing: `OneEuroSettings` of the filter over time, or None for none.
        out_file: JSON to write, in the layout of a rig's `hands3d.json`, or None.
        formats: Names of formats to write the motion in as well, beside `out_file`.
        progress: Whether to show a progress bar.

    Returns:
        `RigPredictions`.

    Raises:
        HandGeoError: If nothing tells where hands are, or a format cannot be written.

    Example:
        ```python
        found = predict_rig("hand_128", open_recording("my_rig"), ("right", "left"))
        found.hands["left"][12]  # [21, 3] mm
        ```
    """
    formats = checked_formats(formats)
    check_boxes(model, recording, find_box)
    open_hands = {
        side: open_rig_hands(
            model, recording, side, find_box, hand_size_mm, bone_length_mm, precision
        )
        for side in sides
    }
    hands, views, skipped = _predict(open_hands, recording, frames, progress)
    times = _times_s(recording)
    raw = _jitter(hands)
    smoothed = None
    if smoothing is not None:
        hands = {side: _smoothed(hands[side], times, smoothing) for side in sides}
        smoothed = _jitter(hands)
    files, jitter = (), {"raw": raw, "smoothed": smoothed}
    if out_file is not None:
        files = (Path(out_file),)
        metadata = {"skipped": dict(skipped), "jitter_mm_per_frame": jitter}
        metadata["smoothing"] = smoothing and dataclasses.asdict(smoothing)  # type: ignore[assignment]
        _write(files[0], hands, views, metadata)
        motions = _motions(hands, times, recording.fps)
        files += write_motions(files[0].parent, motions, formats)
    return RigPredictions(hands, views, skipped, files, jitter)


def predict_recording(
    model: Any,
    recording: Recording,
    find_box: Any = None,
    side: str = "right",
    hand_size_mm: float | None = None,
    precision: str | None = None,
    frames: int | None = None,
    out_file: str | Path | None = None,
    progress: bool = True,
) -> tuple[Any, ...]:
    """`predict_rig` for one hand, without smoothing.

    Args:
        model, recording, find_box, hand_size_mm, precision, frames, out_file, progress:
            See `predict_rig`.
        side: `"right"` or `"left"`.

    Returns:
        `(hands, skipped)`: a dict from instant to `[21, 3]` float64 joints in mm in
        the world frame, and a `collections.Counter` of skipped instants by reason.

    Raises:
        LabelError: If nothing tells where hands are.

    Example:
        ```python
        hands, skipped = predict_recording("runs/my_rig", open_recording("my_rig"))
        ```
    """
    found = predict_rig(
        model,
        recording,
        (side,),
        find_box,
        hand_size_mm=hand_size_mm,
        precision=precision,
        frames=frames,
        out_file=out_file,
        progress=progress,
    )
    return found.hands[side], found.skipped


def _predict(open_hands, recording, frames, progress):
    indices = sorted(range(recording.num_frames) if frames is None else frames)
    readers = {c.name: recording.frames(c.name, indices) for c in recording.cameras}
    hands = {side: {} for side in open_hands}
    views = {side: {} for side in open_hands}
    skipped = collections.Counter()
    for frame in tqdm(indices, recording.name, unit="frame", disable=not progress):
        images = {name: next(reader)[1] for name, reader in readers.items()}
        found = {}
        for side, find in open_hands.items():
            joints, count, reason = find(frame, images)
            if reason is None:
                found[side] = joints, count
            else:
                skipped[reason if len(open_hands) == 1 else f"{side}: {reason}"] += 1
        for side in _same_hand(found):
            del found[side]
            skipped[f"{side}: the other hand, seen as a {side} one"] += 1
        for side, (joints, count) in found.items():
            hands[side][frame], views[side][frame] = joints, count
    return hands, views, skipped


def _same_hand(found):
    """The side to drop where both sides are one hand: that of fewer views."""
    if len(found) < 2:
        return []
    one, other = found
    distance = np.linalg.norm(found[one][0] - found[other][0], axis=-1).mean()
    if distance > _ONE_HAND * bone_lengths(found[one][0]).sum():
        return []
    return [one if found[one][1] < found[other][1] else other]


def _times_s(recording):
    """Time stamps in seconds of all instants, of the first camera that has them all."""
    count = recording.num_frames
    for camera in recording.cameras:
        offset = recording.frame_offset(camera.name)
        if offset >= 0:
            times = recording.frame_times_ms(camera.name, count + offset)[offset:]
            if len(times) == count and (np.diff(times) > 0).all():
                return times / 1000
    return np.arange(count) / recording.fps


def _smoothed(hands, times, settings):
    smooth, last, smoothed = OneEuroFilter(settings), None, {}
    for frame, joints in hands.items():
        if last is not None and frame > last + 1:
            smooth.reset()
        smoothed[frame], last = smooth(joints, times[frame]), frame
    return smoothed


def _jitter(hands):
    """Mean jitter in mm per frame of all hands, None where unknown."""
    found = [
        frame_jitter(list(of_side.values()), list(of_side))
        for of_side in hands.values()
    ]
    found = [value for value in found if value is not None]
    return float(np.mean(found)) if found else None


def _motions(hands, times, fps):
    return [
        HandMotion(
            name=f"hand_{side}",
            side=side,
            frames=list(of_side),
            times=[times[frame] for frame in of_side],
            joints=list(of_side.values()),
            fps=fps,
            reference="world",
        )
        for side, of_side in hands.items()
        if of_side
    ]


def _write(path, hands, views, metadata):
    entries = [
        {
            "frame": frame,
            "hand": side,
            "landmarks": joints.round(3).ravel().tolist(),
            "views": views[side][frame],
        }
        for side, of_side in hands.items()
        for frame, joints in of_side.items()
    ]
    entries.sort(key=lambda entry: entry["frame"])
    content = {"unit": "mm", "source": "predicted", **metadata, "frames": entries}
    write_json(path, content, indent=None)
