"""Preparation on Apache Beam: cameras and chunks of frames in parallel.

Apache Beam is an extra (`pip install hand-geo-keras[beam]`), imported when used.
"""

import collections
import contextlib
import itertools
from collections.abc import Sequence
from typing import Any

from hand_geo_keras.datasets.features import with_encoded_images
from hand_geo_keras.datasets.instants import cut_numbered_instants
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.datasets.prepare import open_folder, write_background
from hand_geo_keras.io import locked
from hand_geo_keras.recordings.recording import Recording


def prepare_on_beam(
    recordings: Sequence[Recording],
    out_dirs: Any,
    preparation: Preparation | None = None,
    detector: Any = None,
    options: Any = None,
    chunks_per_camera: int = 2,
) -> list[Any]:
    """Prepares recordings like `prepare_recording`, on any Beam runner.

    Writes the very same shards and resumes in the same way; each of the two
    functions can resume what the other one began. The recordings and folders
    must be at the same place for all workers, as on a shared file system.

    Args:
        recordings: List of `Recording`s.
        out_dirs: List of folders to write to, one per recording; made if absent.
        preparation: `Preparation` settings; defaults if None.
        detector: Optional hand detector that can be pickled, see `cut_instants`.
        options: Beam `PipelineOptions`; if None, Beam's local `FnApiRunner`. (The
            so-called `DirectRunner` first tries to download another runner.)
        chunks_per_camera: Into how many chunks each camera's frames are divided.
            A video is decoded from its beginning for each of them, so that more
            than workers / cameras only cost.

    Returns:
        List of reports, see `prepare_recording`.

    Raises:
        DatasetError: If no frame of a recording gives a single view.
        StorageError: If another process prepares in one of the folders.
        ImportError: If Apache Beam is not installed.

    Example:
        ```python
        from apache_beam.options.pipeline_options import PipelineOptions

        options = PipelineOptions(
            runner="FnApiRunner",
            direct_num_workers=2,
            direct_running_mode="multi_processing",
        )
        recording = open_recording("171026_pose2")
        prepare_on_beam([recording], ["prepared"], options=options)
        load_instants("prepared")
        ```
    """
    beam = _apache_beam()
    with contextlib.ExitStack() as locks:
        for out_dir in out_dirs:
            locks.enter_context(locked(out_dir))
        folders = [
            open_folder(recording, out_dir, preparation, detector)
            for recording, out_dir in zip(recordings, out_dirs, strict=True)
        ]
        jobs = list(zip(recordings, folders))
        if any(folder.missing_shards for folder in folders):
            runner = None if options else "FnApiRunner"
            with beam.Pipeline(runner, options) as pipeline:
                add_preparation(pipeline, jobs, detector, chunks_per_camera)
        return [folder.write_report(recording) for recording, folder in jobs]


def _lacking_backgrounds(jobs):
    for number, (recording, folder) in enumerate(jobs):
        for camera in recording.cameras:
            if folder.missing_shards and not folder.background(camera.name).exists():
                yield number, camera.name


def _chunks(jobs, chunks_per_camera):
    """Yields `(job number, camera name, shard numbers)`, the longest ones first."""
    for position in reversed(range(chunks_per_camera)):
        for number, (recording, folder) in enumerate(jobs):
            shards = folder.missing_shards
            size = -(-len(shards) // chunks_per_camera)
            chunk = shards[position * size : (position + 1) * size]
            for camera in recording.cameras if chunk else ():
                yield number, camera.name, chunk


def add_preparation(
    pipeline: Any, jobs: Sequence[Any], detector: Any = None, chunks_per_camera: int = 2
) -> Any:
    """Adds the steps that write the missing backgrounds and shards to a pipeline.

    The elements of the first step are cameras, those of the second chunks of
    frames of a camera: each is decoded and cut in one place, and only the encoded
    crops travel. They are regrouped by shard, and there by frame and hand.

    Args:
        pipeline: `beam.Pipeline`.
        jobs: List of `(Recording, InstantFolder)`.
        detector: Optional hand detector that can be pickled.
        chunks_per_camera: Number of chunks per camera.

    Returns:
        `PCollection` with one element per shard written.
    """
    beam = _apache_beam()
    backgrounds = (
        pipeline
        | "cameras" >> beam.Create(list(_lacking_backgrounds(jobs)))
        | "spread cameras" >> beam.Reshuffle()
        | "write backgrounds" >> beam.Map(_write_background, jobs)
    )
    # As a side input, the backgrounds are all there before any view is cut.
    ready = beam.pvalue.AsList(backgrounds)
    return (
        pipeline
        | "chunks" >> beam.Create(list(_chunks(jobs, chunks_per_camera)))
        | "spread chunks" >> beam.Reshuffle()
        | "cut" >> beam.FlatMap(_cut_chunk, jobs, detector, ready)
        | "by shard" >> beam.GroupByKey()
        | "write shards" >> beam.Map(_write_shard, jobs)
    )


def _apache_beam():
    try:
        import apache_beam
    except ImportError as reason:
        raise ImportError(
            "Preparation on Beam needs Apache Beam; "
            "run `pip install hand-geo-keras[beam]`."
        ) from reason
    return apache_beam


def _write_background(element, jobs):
    job, name = element
    recording, folder = jobs[job]
    write_background(recording, folder, recording.camera(name))


def _cut_chunk(chunk, jobs, detector, backgrounds_are_ready):
    """Yields `(job, shard)` with a frame's part as `merge_cameras` takes them."""
    del backgrounds_are_ready
    job, name, shards = chunk
    recording, folder = jobs[job]
    backgrounds = {name: folder.read_background(name)}
    shard_of = {frame: shard for shard in shards for frame in folder.shards[shard]}
    camera = recording.cameras.index(recording.camera(name))
    known = 0
    for frame, image in recording.frames(name, list(shard_of)):
        instants, dropped = cut_numbered_instants(
            recording, frame, {name: image}, backgrounds, folder.preparation, detector
        )
        instants = [
            (number, with_encoded_images(instant)) for number, instant in instants
        ]
        problems = recording.problems[known:]
        known += len(problems)
        yield (job, shard_of[frame]), (frame, camera, instants, dropped, problems)


def _write_shard(group, jobs):
    (job, shard), parts = group
    parts = sorted(parts, key=lambda part: part[:2])
    frames = itertools.groupby(parts, key=lambda part: part[0])
    _, folder = jobs[job]
    folder.write_shard(shard, (merge_cameras(list(views)) for _, views in frames))


def merge_cameras(parts: Any) -> tuple[Any, ...]:
    """Joins what the cameras saw of one frame.

    Args:
        parts: List of `(frame, camera, numbered instants, dropped, problems)`, one
            per camera, in the cameras' order.

    Returns:
        `(instants, dropped, problems)` as if all cameras had been cut together.
    """
    merged = {}
    for _, _, instants, _, _ in parts:
        for number, instant in instants:
            views = merged[number]["views"] if number in merged else []
            merged[number] = instant | {"views": [*views, *instant["views"]]}
    problems = [problem for *_, met in parts for problem in met]
    return [merged[number] for number in sorted(merged)], _dropped(parts), problems


def _dropped(parts):
    counters = [part[3] for part in parts]
    merged = collections.Counter()
    for reason in set().union(*counters):
        counts = [counter[reason] for counter in counters]
        # Each camera drops views of its own; but all of them meet the same hands,
        # and a frame without a hand is one in which no camera located any.
        merged[reason] = sum(counts) if reason.startswith("view: ") else min(counts)
    return +merged
