"""Writes a recording's instants to disk once, shard by shard, resumable."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hand_geo_keras.datasets.instant_folder import InstantFolder
from hand_geo_keras.datasets.instants import cut_instants
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.io import LOOKING_SECONDS, locked
from hand_geo_keras.recordings.background import median_backgrounds
from hand_geo_keras.recordings.recording import Recording

__all__ = ["open_folder", "prepare_recording", "synchronised_frames"]


def prepare_recording(
    recording: Recording,
    out_dir: str | Path,
    preparation: Preparation | None = None,
    detector: Any = None,
    progress: bool = True,
) -> Any:
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
        `instants`, `views`, `subjects` (instants by subject), `dropped` (hands and
        views by reason), `problems` (what was skipped while reading, by kind) and
        `first_files` (the first file of each kind of problem).

    Raises:
        DatasetError: If no frame gives a single view.
        StorageError: If another process prepares in this folder, or a file cannot be
            written; what is whole is kept, and the next call resumes.

    Example:
        ```python
        recording = open_recording("my_rig")
        report = prepare_recording(recording, "prepared", Preparation(crop_size=64))
        instants = load_instants("prepared")
        ```
    """
    with locked(out_dir, wait=LOOKING_SECONDS):
        folder = open_folder(recording, out_dir, preparation, detector)
        if folder.missing_shards:
            _write_backgrounds(recording, folder)
            _write_missing_shards(recording, folder, detector, progress)
        return folder.write_report(recording)


def open_folder(
    recording: Recording,
    out_dir: str | Path,
    preparation: Preparation | None = None,
    detector: Any = None,
) -> InstantFolder:
    """Opens the folder of a recording's instants, cleared if it holds others.

    Args:
        recording: The `Recording` to prepare.
        out_dir: Folder to write to; made if absent.
        preparation: `Preparation` settings; defaults if None.
        detector: Optional hand detector, see `cut_instants`.

    Returns:
        An `InstantFolder`.
    """
    preparation = preparation or Preparation()
    frames = _frames_to_prepare(recording, detector)
    folder = InstantFolder(out_dir, preparation, frames)
    folder.start(recording, preparation.fingerprint(recording, frames, detector))
    return folder


def _frames_to_prepare(recording, detector):
    if detector is not None:
        return list(range(recording.num_frames))
    boxed = (
        frame
        for frame in range(recording.num_frames)
        if any(recording.boxes(camera.name, frame) for camera in recording.cameras)
    )
    return sorted({*recording.labelled_frames, *boxed})


def _write_backgrounds(recording, folder):
    for camera in recording.cameras:
        if not folder.background(camera.name).exists():
            write_background(recording, folder, camera)


def write_background(
    recording: Recording, folder: InstantFolder, camera: Camera
) -> None:
    """Makes and writes the background of one camera.

    Args:
        recording: The `Recording`.
        folder: `InstantFolder`.
        camera: `Camera` of the recording.
    """
    count = folder.preparation.background_frames
    images = median_backgrounds(recording, num_frames=count, cameras=[camera])
    folder.write_background(camera.name, images[camera.name], recording.problems)


def _write_missing_shards(recording, folder, detector, progress):
    backgrounds = {
        camera.name: folder.read_background(camera.name) for camera in recording.cameras
    }
    missing = folder.missing_shards
    frames = [frame for number in missing for frame in folder.shards[number]]
    decoded = synchronised_frames(recording, frames)
    with tqdm(total=len(frames), unit="frame", disable=not progress) as bar:
        bar.set_description(f"Preparing {recording.name}")

        def cut(shard):
            for _ in shard:
                known = len(recording.problems)
                instants, dropped = cut_instants(
                    recording, *next(decoded), backgrounds, folder.preparation, detector
                )
                yield instants, dropped, recording.problems[known:]
                bar.update()

        for number in missing:
            folder.write_shard(number, cut(folder.shards[number]))


def synchronised_frames(recording: Recording, frames: Iterable[int]) -> Any:
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
