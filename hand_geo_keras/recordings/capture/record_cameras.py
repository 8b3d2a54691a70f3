"""Recording of several cameras to videos whose frames belong together."""

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.io import check_file_name, make_folder, write_csv
from hand_geo_keras.recordings.capture.capture_source import CaptureSource
from hand_geo_keras.recordings.capture.frame_aligner import FrameAligner
from hand_geo_keras.recordings.recorded_times import TIME_STAMPS
from hand_geo_keras.recordings.sharpness import sharpness
from hand_geo_keras.recordings.video_file import VideoFile

COLUMNS = ("frame", "camera", "time_ms", "repeated")


@dataclasses.dataclass(frozen=True)
class Capture:
    """What `record_cameras` wrote.

    Args:
        folder: Folder of the videos.
        fps: Frames per second of the videos.
        num_frames: Frames of each video.
        repeated: dict from camera name to frames that it dropped, in whose place the
            frame before is.
        unused: dict from camera name to frames that it delivered beyond `fps`.
        spread_ms: Largest distance in time between the frames of one instant, without
            repeated ones.
        settings: dict from camera name to its locked settings, see `CaptureSource`.
    """

    folder: Path
    fps: float
    num_frames: int
    repeated: dict
    unused: dict
    spread_ms: float
    settings: dict

    def text(self) -> str:
        """A summary for the terminal."""
        lines = []
        for name, settings in self.settings.items():
            line = f"{name}: {self.repeated[name]} of {self.num_frames} frames dropped"
            if self.unused[name]:
                line += f", {self.unused[name]} beyond {self.fps:g} per second unused"
            for what, locked in settings.items():
                line += f", {what} {'locked' if locked else 'NOT locked by the driver'}"
            lines.append(line)
        if max(self.repeated.values()) > 0.02 * self.num_frames:
            lines.append(
                "WARNING: frames were dropped, and the frame before stands in their "
                "place; use more light (dark images take longer), a lower --fps or "
                "--resolution, or a USB controller per camera."
            )
        lines.append(
            f"{self.folder}: {self.num_frames} frames at {self.fps:g} per second, "
            f"frames of one number within {self.spread_ms:.0f} ms ({TIME_STAMPS})"
        )
        return "\n".join(lines)


def record_cameras(
    devices: Any,
    folder: str | Path,
    names: Sequence[str] | None = None,
    seconds: float | None = None,
    fps: float | None = None,
    resolution: tuple[int, int] | None = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Capture:
    """Records several cameras at once; frame `i` of all videos is of the same instant.

    Each camera is read in a thread of its own. Its frames are put on a common grid of
    instants by their time stamps, see `FrameAligner`: a dropped frame is replaced by
    the one before, so that the videos stay together. Beside the videos stands
    `timestamps.csv` with the columns `frame`, `camera`, `time_ms` (since the first
    instant) and `repeated` (1 for a dropped frame), which `check_rig` reads.

    Stops after `seconds`, at the end of a video, or at Ctrl-C; the files are whole in
    all three cases.

    Args:
        devices: Numbers of devices, or paths of videos in place of them.
        folder: Folder to write `<name>.mp4` to.
        names: Names of the cameras; `cam<number>` or a video's name if None.
        seconds: Length of the recording, or None.
        fps: Frames per second; the lowest that a camera states if None.
        resolution: `(width, height)` to ask the devices for, or None.
        overwrite: Whether to replace earlier videos of these names.
        progress: Whether to show frames, rates and sharpness while recording.

    Returns:
        `Capture`.

    Raises:
        RecordingError: If a camera cannot be opened, falls silent, or a video exists.
        StorageError: If the files cannot be written.

    Example:
        ```python
        record_cameras([0, 2], "my_rig", names=["left", "right"], seconds=60)
        ```
    """
    folder = Path(folder)
    names = _names(devices, names)
    paths = {name: folder / f"{name}.mp4" for name in names}
    _check_arguments(paths, seconds, fps, overwrite)
    with contextlib.ExitStack() as stack:
        sources = []
        for device, name in zip(devices, names):
            sources.append(CaptureSource(device, name, resolution, fps))
            stack.callback(sources[-1].close)
        fps = fps or min(source.fps for source in sources)
        make_folder(folder)
        writer = _Writer(
            sources, paths, fps, None if seconds is None else seconds * fps
        )
        try:
            _record(sources, FrameAligner(names, fps), writer, progress)
        except BaseException:
            if writer.num_frames:
                writer.finish(folder)  # what was recorded so far is whole
            else:
                writer.close(complete=False)
            raise
        return writer.finish(folder)


def _record(sources, aligner, writer, progress):
    for source in sources:
        source.start()
    last = dict.fromkeys([source.name for source in sources], -np.inf)
    by_name = {source.name: source for source in sources}
    limit, writer.unused = writer.limit, aligner.unused
    with (
        contextlib.suppress(KeyboardInterrupt),
        tqdm(total=limit, desc="recording", unit="frame", disable=not progress) as bar,
    ):
        while limit is None or writer.num_frames < limit:
            # The camera that is behind the others is the one to wait for.
            name = min(last, key=last.get)
            frame = by_name[name].next()
            if frame is not None:
                last[name] = frame.time_ms
                aligner.add(name, frame)
            for instant in aligner.finish() if frame is None else aligner.ready():
                writer.write(instant)
                bar.update()
                if progress and writer.num_frames % round(max(1, writer.fps)) == 0:
                    bar.set_postfix_str(_meter(instant))
                if limit is not None and writer.num_frames >= limit:
                    break
            if frame is None:
                return


def _meter(instant):
    return "sharpness " + ", ".join(
        f"{name} {sharpness(frame.image):.2f}" for name, frame in instant.frames.items()
    )


class _Writer:
    """The videos and time stamps of a recording."""

    def __init__(self, sources: Any, paths: Any, fps: float, limit: Any) -> None:
        self.fps, self.num_frames = fps, 0
        self.limit = None if limit is None else max(1, round(limit))
        names = [source.name for source in sources]
        self.unused = dict.fromkeys(names, 0)
        self._settings = {source.name: source.settings for source in sources}
        self._repeated = dict.fromkeys(names, 0)
        self._spread = 0.0
        self._rows, self._start = [], None
        self._videos = {}
        for source in sources:
            path = paths[source.name]
            self._videos[source.name] = VideoFile(path, fps, source.resolution)

    def write(self, instant):
        if self._start is None:
            self._start = instant.time_ms
        for name, frame in instant.frames.items():
            self._videos[name].write(frame.image)
            repeated = name in instant.repeated
            self._repeated[name] += repeated
            time_ms = round(frame.time_ms - self._start, 3)
            row = (self.num_frames, name, time_ms, int(repeated))
            self._rows.append(dict(zip(COLUMNS, row)))
        fresh = [
            frame.time_ms
            for name, frame in instant.frames.items()
            if name not in instant.repeated
        ]
        self._spread = max(self._spread, np.ptp(fresh) if fresh else 0.0)
        self.num_frames += 1

    def close(self, complete):
        for video in self._videos.values():
            video.close(complete)

    def finish(self, folder):
        if not self.num_frames:
            self.close(complete=False)
            raise RecordingError(
                f"{folder}: nothing was recorded, no instant was seen by all cameras; "
                "see that each delivers frames."
            )
        self.close(complete=True)
        write_csv(folder / TIME_STAMPS, self._rows, COLUMNS)
        return Capture(
            folder,
            self.fps,
            self.num_frames,
            self._repeated,
            self.unused,
            float(self._spread),
            self._settings,
        )


def _names(devices, names):
    if not devices:
        raise RecordingError("No camera is given; give --cameras 0 2, for example.")
    if names is None:
        names = [f"cam{d}" if isinstance(d, int) else Path(d).stem for d in devices]
    if len(names) != len(devices) or len(set(names)) < len(names):
        raise RecordingError(
            f"{len(devices)} cameras need as many distinct names. Received: {names}"
        )
    for name in names:
        check_file_name(name, "A camera's name", RecordingError)
    if len(set(map(str, devices))) < len(devices):
        raise RecordingError(
            f"Each camera can be recorded once only. Received: {list(devices)}"
        )
    return list(names)


def _check_arguments(paths, seconds, fps, overwrite):
    for what, value in (("seconds", seconds), ("fps", fps)):
        if value is not None and not 0 < value < 1e6:
            raise RecordingError(f"--{what} must be positive. Received: {value}")
    there = [path for path in paths.values() if path.exists()]
    if there and not overwrite:
        raise RecordingError(
            f"{there[0]}: there is a video already; choose another folder, or "
            "--overwrite it."
        )
