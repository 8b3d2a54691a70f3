"""Writes a recording's instants to disk once, shard by shard, resumable."""

import collections
import json
import os
from pathlib import Path

import cv2
import tensorflow as tf
from tqdm import tqdm

from hand_geo_keras.datasets.features import instant_features
from hand_geo_keras.datasets.instants import cut_instants
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.recordings.background import median_backgrounds

FRAMES_PER_SHARD = 64
INFO_FILE = "preparation.json"
REPORT_FILE = "preparation_report.json"


def prepare_recording(
    recording, out_dir, preparation=None, detector=None, progress=True
):
    """Prepares a recording: crops, backgrounds, virtual cameras and labels.

    Every shard of frames is written under a temporary name and then renamed, with
    its counts beside it. A second call skips the shards that exist; a call whose
    settings or recording differ from what the folder holds starts afresh.

    Args:
        recording: The `Recording` to prepare.
        out_dir: Folder to write to; made if absent.
        preparation: `Preparation` settings; defaults if None.
        detector: Optional hand detector, see `cut_instants`.
        progress: Whether to show a progress bar.

    Returns:
        The report as a dict (also written to `preparation_report.json`):
        `instants`, `views`, `dropped` (by reason) and `problems` (by kind).

    Raises:
        DatasetError: If no frame gives a single view.

    Example:
        ```python
        recording = open_recording("my_rig")
        report = prepare_recording(recording, "prepared", Preparation(crop_size=64))
        instants = load_instants("prepared")
        ```
    """
    preparation = preparation or Preparation()
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    frames = _frames_to_prepare(recording, detector)
    shards = [
        frames[start : start + FRAMES_PER_SHARD]
        for start in range(0, len(frames), FRAMES_PER_SHARD)
    ]
    fingerprint = preparation.fingerprint(recording)
    if _read_json(out_dir / INFO_FILE).get("fingerprint") != fingerprint:
        _clear(out_dir)
    write_json(
        out_dir / INFO_FILE,
        {
            "fingerprint": fingerprint,
            "recording": recording.name,
            "crop_size": preparation.crop_size,
            "stored_size": preparation.stored_size,
        },
    )
    _write_missing_shards(recording, out_dir, shards, preparation, detector, progress)
    return _write_report(recording, out_dir, len(shards))


def shard_path(out_dir, shard):
    """Path of a shard's TFRecord file."""
    return Path(out_dir) / f"instants-{shard:05d}.tfrecord"


def write_json(path, value):
    """Writes JSON so that a reader sees the old or the new file, never half of it."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(value, indent=1))
    os.replace(temporary, path)


def _read_json(path):
    return json.loads(path.read_text()) if path.exists() else {}


def _clear(out_dir):
    for pattern in ("instants-*.tfrecord", "instants-*.json", "background-*.png"):
        for path in out_dir.glob(pattern):
            path.unlink()


def _frames_to_prepare(recording, detector):
    if detector is not None:
        return list(range(recording.num_frames))
    boxed = (
        frame
        for frame in range(recording.num_frames)
        if any(recording.boxes(camera.name, frame) for camera in recording.cameras)
    )
    return sorted({*recording.labelled_frames, *boxed})


def _write_missing_shards(recording, out_dir, shards, preparation, detector, progress):
    missing = [
        shard
        for shard in range(len(shards))
        if not (
            shard_path(out_dir, shard).exists()
            and _counts_path(out_dir, shard).exists()
        )
    ]
    if not missing:
        return
    backgrounds = _backgrounds(recording, out_dir, preparation)
    features = instant_features(preparation.stored_size)
    frames = [frame for shard in missing for frame in shards[shard]]
    decoded = synchronised_frames(recording, frames)
    with tqdm(total=len(frames), unit="frame", disable=not progress) as bar:
        bar.set_description(f"Preparing {recording.name}")
        for shard in missing:
            cut = (
                cut_instants(
                    recording, *next(decoded), backgrounds, preparation, detector
                )
                for _ in shards[shard]
            )
            _write_shard(out_dir, shard, cut, features, bar)


def synchronised_frames(recording, frames):
    """Decodes frames of all cameras side by side.

    Args:
        recording: The `Recording`.
        frames: Ascending frame indices.

    Yields:
        `(frame, images)` with a dict from camera name to uint8 RGB or None.
    """
    readers = [
        (camera.name, recording.frames(camera.name, frames))
        for camera in recording.cameras
    ]
    for frame in frames:
        yield frame, {name: next(reader)[1] for name, reader in readers}


def _write_shard(out_dir, shard, cut, features, bar):
    path = shard_path(out_dir, shard)
    temporary = path.with_name(path.name + ".tmp")
    dropped = collections.Counter()
    views, subjects = [], collections.Counter()
    with tf.io.TFRecordWriter(str(temporary)) as writer:
        for instants, reasons in cut:
            dropped.update(reasons)
            for instant in instants:
                encoded = features.encode_example(instant)
                writer.write(features.serialize_example(encoded))
                views.append(len(instant["views"]))
                subjects[instant["subject"]] += 1
            bar.update()
    os.replace(temporary, path)
    counts = {"instants": len(views), "views": sum(views), "dropped": dict(dropped)}
    write_json(_counts_path(out_dir, shard), {**counts, "subjects": dict(subjects)})


def _counts_path(out_dir, shard):
    return shard_path(out_dir, shard).with_suffix(".json")


def _backgrounds(recording, out_dir, preparation):
    paths = {
        camera.name: out_dir / f"background-{camera.name}.png"
        for camera in recording.cameras
    }
    if not all(path.exists() for path in paths.values()):
        backgrounds = median_backgrounds(
            recording, num_frames=preparation.background_frames
        )
        for name, path in paths.items():
            temporary = path.with_name(path.stem + ".tmp.png")
            cv2.imwrite(str(temporary), backgrounds[name][..., ::-1])
            os.replace(temporary, path)
    return {name: cv2.imread(str(path))[..., ::-1] for name, path in paths.items()}


def _write_report(recording, out_dir, num_shards):
    counts = [_read_json(_counts_path(out_dir, shard)) for shard in range(num_shards)]
    dropped, subjects = collections.Counter(), collections.Counter()
    for count in counts:
        dropped.update(count["dropped"])
        subjects.update(count["subjects"])
    report = {
        "recording": recording.name,
        "instants": sum(count["instants"] for count in counts),
        "views": sum(count["views"] for count in counts),
        "subjects": dict(subjects),
        "dropped": dict(dropped),
        "problems": dict(recording.problem_counts),
    }
    write_json(out_dir / REPORT_FILE, report)
    if not report["views"]:
        raise DatasetError(
            f"Recording {recording.name!r} gave no view of a hand; add 3D labels, "
            f"boxes or a detector, or loosen the filters. Received: {report}"
        )
    return report
