"""Writes wild instants as prepared instants: sharded, resumable, in all processes."""

import concurrent.futures
import dataclasses
import hashlib
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from hand_geo_keras.datasets.instant_folder import (
    FRAMES_PER_SHARD,
    InstantFolder,
    complete_shards,
)
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.io import LOOKING_SECONDS, locked
from hand_geo_keras.synthetic.parent_watch import start_renderer
from hand_geo_keras.synthetic.wild import Backdrops, WildScene

# Raise it when the images or labels of a given seed change.
VERSION = 3
WILD_PREPARATION = Preparation(crop_size=128, context=1.25)
_JPEG_QUALITY = 93


@dataclasses.dataclass(frozen=True)
class _Source:
    """What `InstantFolder` wants to know of where instants come from."""

    name: str
    problems: tuple = ()


def write_wild(
    out_dir: str | Path,
    num_instants: int,
    seed: int = 0,
    views: Any = 4,
    backgrounds: Any = None,
    workers: int = 1,
    preparation: Preparation | None = None,
    subject: str | None = None,
    progress: bool = True,
) -> dict[Any, Any]:
    """Renders instants of hands in any room into a folder of prepared instants.

    The folder is read like any other prepared recording (`load_instants`,
    `CropStream`). A shard of 64 instants appears when it is complete, and shards that
    exist are kept, so the job can be stopped and resumed at will; more instants of the
    same seed extend a folder, fewer leave it as it is.

    Args:
        out_dir: Folder to write; made if absent.
        num_instants: Number of instants, rounded up to whole shards.
        seed: int; each seed is another set of people, rooms and poses.
        views: Views per instant.
        backgrounds: Folder of photographs to use as backgrounds, or None for
            procedural ones alone.
        workers: Number of processes.
        preparation: `Preparation` with the sizes of the crops; 128 px in stored crops
            of 160 px if None.
        subject: Name of all people of the folder, where a split names them together;
            each sequence is a subject of its own if None.
        progress: Whether to show a progress bar.

    Returns:
        dict `{"instants": ..., "views": ..., "rendered": number of shards rendered}`.

    Raises:
        RecordingError: If `backgrounds` holds no image.
        ValueError: If a number is not positive.

    Example:
        ```python
        write_wild("runs/wild", 25_000, workers=2)
        ```
    """
    if min(num_instants, views, workers) < 1:
        raise ValueError(
            "`num_instants`, `views` and `workers` must be positive. Received: "
            f"num_instants={num_instants}, views={views}, workers={workers}"
        )
    preparation = preparation or WILD_PREPARATION
    shards = -(-num_instants // FRAMES_PER_SHARD)
    folder = InstantFolder(out_dir, preparation, range(shards * FRAMES_PER_SHARD), True)
    photographs = str(backgrounds) if backgrounds else None
    settings = (seed, views, photographs, preparation, subject)
    source = _Source(f"wild_{seed}")
    fingerprint = _fingerprint(
        seed, views, Backdrops(backgrounds), preparation, subject
    )
    with locked(out_dir, wait=LOOKING_SECONDS):
        folder.start(source, fingerprint)
        there = complete_shards(out_dir)
        if there:  # more than are asked for stay, and count: they are read, too
            last = int(there[-1].stem.rpartition("-")[2])
            frames = range(max(shards, last + 1) * FRAMES_PER_SHARD)
            folder = InstantFolder(out_dir, preparation, frames, True)
        missing = folder.missing_shards
        total = len(missing) * FRAMES_PER_SHARD * views
        with tqdm(total=total, unit="image", disable=not progress) as bar:
            for _ in _written(out_dir, settings, missing, workers):
                bar.update(FRAMES_PER_SHARD * views)
        report = folder.write_report(source)
    return {
        "instants": report["instants"],
        "views": report["views"],
        "rendered": len(missing),
    }


def _written(out_dir, settings, missing, workers):
    """Yields shard numbers as they are written."""
    if min(workers, len(missing)) <= 1:  # a process takes longer to start than a shard
        for number in missing:
            yield _write_shard(out_dir, settings, number)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(
        workers, context, start_renderer, (os.getpid(),)
    ) as pool:
        jobs = [pool.submit(_write_shard, out_dir, settings, n) for n in missing]
        for job in concurrent.futures.as_completed(jobs):
            yield job.result()


def _write_shard(out_dir, settings, number):
    seed, views, backgrounds, preparation, subject = settings
    backdrops = Backdrops(backgrounds)
    frames = range(number * FRAMES_PER_SHARD, (number + 1) * FRAMES_PER_SHARD)
    folder = InstantFolder(out_dir, preparation, range(frames.stop), True)
    cut = (
        ([_instant(seed, frame, views, backdrops, preparation, subject)], {}, ())
        for frame in frames
    )
    folder.write_shard(number, cut)
    return number


def _instant(seed, frame, views, backdrops, preparation, subject):
    scene = WildScene(seed, frame, backdrops, preparation)
    return {
        "sequence": scene.sequence,
        "subject": subject or scene.sequence,
        "side": "right",
        "frame": frame,
        "joints": scene.joints.astype(np.float32),
        "valid": np.ones(NUM_JOINTS, bool),
        "views": [_encoded(scene.view()) for _ in range(views)],
    }


def _encoded(view):
    """Images as JPEG: a fifth of PNG, and cameras give no better."""
    view = view | {key: _jpeg(view[key]) for key in ("image", "background")}
    return view | {"mask": cv2.imencode(".png", view["mask"])[1].tobytes()}


def _jpeg(image):
    options = (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY)
    return cv2.imencode(".jpg", image[..., ::-1], options)[1].tobytes()


def _fingerprint(seed, views, backdrops, preparation, subject):
    made_from = {
        "version": VERSION,
        "seed": seed,
        "views": views,
        "backgrounds": backdrops.fingerprint,
        "preparation": dataclasses.asdict(preparation),
        **({} if subject is None else {"subject": subject}),
    }
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()
