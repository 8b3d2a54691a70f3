"""Renders whole sequences into a folder: resumable, atomic, in several processes."""

import concurrent.futures
import dataclasses
import math
import multiprocessing
import os
import shutil
import time
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.io import (
    LOOKING_SECONDS,
    locked,
    make_folder,
    publish_folder,
    read_json,
    write_json,
)
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.panoptic_writer import (
    ImageSink,
    VideoSink,
    hand_entry,
    with_poor_joints,
    without_fingers,
    write_calibration,
    write_hands,
)
from hand_geo_keras.synthetic.parent_watch import end_with_parent
from hand_geo_keras.synthetic.sequence import SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind, frames_of_kind

RECIPE = "synthetic.json"
# Raise it when the images or labels of a given seed change, by more than rounding does
# to single pixels.
VERSION = 2
_SINKS = {"videos": VideoSink, "images": ImageSink}


def write_dome(
    out_dir: str | Path,
    sequences: Any,
    seed: int = 0,
    frames: Any = "videos",
    workers: int = 1,
) -> dict[Any, Any]:
    """Renders sequences as CMU Panoptic folders below `out_dir`.

    A sequence is rendered into a hidden folder and renamed when complete, so a
    folder that exists is whole. Sequences that are there already are skipped.

    Args:
        out_dir: `pathlib.Path`; made if absent.
        sequences: `SequenceSpec`s.
        seed: int.
        frames: `"videos"` (hdVideos) or `"images"` (hdImgs).
        workers: Number of processes; 1 renders in this one.

    Returns:
        dict `{"rendered": sequence names, "skipped": sequence names, "images": number
        of images rendered, "seconds": time taken}`.

    Raises:
        RecordingError: If a sequence's folder holds something else.
        StorageError: If another process writes to the folder, or a file cannot be
            written.
        ValueError: If `frames` is unknown or `workers` is not positive.
    """
    if frames not in _SINKS or workers < 1:
        raise ValueError(
            "`frames` must be 'videos' or 'images' and `workers` positive. "
            f"Received: frames={frames!r}, workers={workers}"
        )
    with locked(out_dir, wait=LOOKING_SECONDS):
        return _write_missing(out_dir, sequences, seed, frames, workers)


def _write_missing(out_dir, sequences, seed, frames, workers):
    start = time.perf_counter()
    recipes = {spec.name: _recipe(spec, seed, frames) for spec in sequences}
    todo = [spec for spec in sequences if not _is_done(out_dir, recipes[spec.name])]
    # More processes than sequences: they share the cameras of a sequence.
    groups = max(1, math.ceil(workers / max(1, len(todo))))
    jobs = []
    for spec in todo:
        shutil.rmtree(_hidden(out_dir, spec), ignore_errors=True)
        make_folder(_hidden(out_dir, spec))
        for k in range(min(groups, len(spec.cameras))):
            jobs.append((out_dir, spec, seed, frames, spec.cameras[k::groups]))
    images = 0
    for spec, count in _run(jobs, workers):
        images += count
        _finish(out_dir, spec, seed, recipes[spec.name])
    return {
        "rendered": [spec.name for spec in todo],
        "skipped": [spec.name for spec in sequences if spec not in todo],
        "images": images,
        "seconds": time.perf_counter() - start,
    }


def _run(jobs, workers):
    """Runs jobs; yields `(spec, images)` whenever all jobs of a sequence are done."""
    left = {spec: sum(job[1] == spec for job in jobs) for _, spec, *_ in jobs}
    rendered = dict.fromkeys(left, 0)
    total = sum(_num_images(job) for job in jobs)
    with tqdm(total=total, unit="image", desc="rendering") as progress:
        for spec, count in _completed(jobs, workers, progress):
            left[spec] -= 1
            rendered[spec] += count
            if not left[spec]:
                yield spec, rendered[spec]


def _completed(jobs, workers, progress):
    if workers == 1:
        for job in jobs:
            yield job[1], _render_job(*job, advance=progress.update)
        return
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    with concurrent.futures.ProcessPoolExecutor(
        workers, context, _start_worker, (counter, os.getpid())
    ) as pool:
        futures = {pool.submit(_render_in_worker, *job): job[1] for job in jobs}
        pending = set(futures)
        while pending:
            done, pending = concurrent.futures.wait(pending, timeout=0.5)
            progress.update(counter.value - progress.n)
            for future in done:
                yield futures[future], future.result()


def _start_worker(counter, parent):
    global _counter
    _counter = counter
    end_with_parent(parent)
    cv2.setNumThreads(1)


def _render_in_worker(*job):
    return _render_job(*job, advance=_advance_counter)


def _advance_counter(count):
    with _counter.get_lock():
        _counter.value += count


def _render_job(out_dir, spec, seed, frames, cameras, advance):
    """Renders all frames of some cameras of a sequence; returns their number."""
    sequence = SyntheticSequence(spec, seed)
    folder = _hidden(out_dir, spec)
    sinks = {
        index: _SINKS[frames](folder, dome_cameras()[index], spec.fps)
        for index in cameras
    }
    for frame in range(len(sequence.timeline)):
        for index, image in sequence.images(frame, cameras):
            sinks[index].add(frame, image)
        advance(len(cameras))
    for sink in sinks.values():
        sink.close()
    return len(sequence.timeline) * len(cameras)


def _finish(out_dir, spec, seed, recipe):
    """Adds calibration and labels, then gives the folder its name."""
    folder = _hidden(out_dir, spec)
    sequence = SyntheticSequence(spec, seed)
    calibrated = set(spec.cameras)
    if spec.missing_camera is not None:
        calibrated.add(spec.missing_camera)
    cameras = [dome_cameras()[index] for index in sorted(calibrated)]
    write_calibration(folder / f"calibration_{spec.name}.json", cameras)
    write_json(folder / "subjects.json", {"0": f"S{spec.subject}"}, indent=None)
    for frame in range(len(sequence.timeline)):
        people = _people(sequence, frame)
        if people is not None:
            write_hands(folder / "hdHand3d" / f"handRecon3D_hd{frame:08d}.json", people)
    good = frames_of_kind(sequence.timeline, FrameKind.GOOD)
    counts = {kind.name: sequence.timeline.count(kind) for kind in FrameKind}
    summary = recipe | {"frame_kinds": counts, "good_frames": good.tolist()}
    write_json(folder / RECIPE, summary)
    publish_folder(folder, out_dir / spec.name)


def _people(sequence, frame):
    """The label file's people, or None when there is no label file."""
    kind, hand = sequence.timeline[frame], sequence.hand(frame)
    if kind in (FrameKind.EMPTY, FrameKind.GAP):
        return None
    if kind is FrameKind.NOBODY:
        return []
    rng = sequence.label_rng(frame)
    entry = hand_entry(rng, hand.joints, sequence.spec.cameras)
    if kind is FrameKind.INCOMPLETE:
        entry = without_fingers(rng, entry)
    elif kind is FrameKind.UNSURE:
        entry = with_poor_joints(rng, entry)
    identity = -1 if kind is FrameKind.UNTRACKED else 0
    return [{"id": identity, f"{hand.side}_hand": entry}]


def _num_images(job):
    _, spec, seed, _, cameras = job
    return len(cameras) * len(SyntheticSequence(spec, seed).timeline)


def _recipe(spec, seed, frames):
    recipe = dataclasses.asdict(spec) | {"name": spec.name, "version": VERSION}
    recipe |= {"seed": seed, "frames": frames, "cameras": list(spec.cameras)}
    return recipe


def _is_done(out_dir, recipe):
    folder = out_dir / recipe["name"]
    if not folder.exists():
        return False
    found = read_json(folder / RECIPE, RecordingError, default={})
    if any(found.get(key) != value for key, value in recipe.items()):
        raise RecordingError(
            f"{folder}: holds something else than this sequence with this seed and "
            "these cameras; remove it or choose another --out_dir."
        )
    return True


def _hidden(out_dir, spec):
    return out_dir / f".{spec.name}.partial"
