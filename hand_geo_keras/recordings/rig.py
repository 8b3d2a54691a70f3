"""A plain rig: `calibration.json`, a video or images per camera, maybe labels."""

import os
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError, RecordingError
from hand_geo_keras.recordings.calibration import (
    camera_entries,
    camera_from_entry,
    mm_per_unit,
)
from hand_geo_keras.recordings.frame_sources import check_frame_rates, open_frames
from hand_geo_keras.recordings.recorded_times import read_recorded_times
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_labels import (
    boxes_past_the_end,
    read_boxes,
    read_hands3d,
)
from hand_geo_keras.recordings.text_files.json_file import read_json
from hand_geo_keras.recordings.text_files.numbers import finite_number

# Cameras stopped one after the other may differ by this many frames at the end.
_MAX_EXTRA_FRAMES = 5
_MAX_NAME_BYTES, _MAX_PATH = 255, 1024


class RigRecording(Recording):
    """Reads a plain rig.

    Files in the folder:

    - `calibration.json`: `{"unit": "mm"|"cm"|"m", "fps": 30, "cameras": [...]}`, each
      camera with `name`, `video` (file name; or a folder of numbered images, or a
      pattern of them like `cam0/%08d.jpg`), `resolution`, `K`, `distCoef`
      `[k1, k2, p1, p2, k3]` (or, of `"model": "fisheye"`, `[k1, k2, k3, k4]`), `R`,
      `t` (world to camera) and optionally `frame_offset`: instant `i` is the video's
      frame `i + frame_offset`. Optionally `"subject"`, the person's name; default is
      the folder's name.
    - `hands3d.json`, optional: `{"unit": ..., "frames": [{"frame": 12, "hand":
      "right"|"left", "landmarks": 63 numbers, "reprojection_px": 21 numbers}]}` in
      the world frame, optionally with `subject`, `id`, `valid` and `score` (21 each),
      and `corrected` (true where a person has placed the joints).
    - `timestamps.csv`, optional, of `hand-geo record`: frames that are marked as
      repeated count as missing.
    - `boxes.json`, optional: hand boxes per camera for recordings without 3D labels,
      `{camera: {"box": [cx, cy, side]}}` or `{camera: {"frames": {"12": [...]}}}`,
      where frames are instants, as in `hands3d.json`.

    Videos may differ by up to five frames in length, unfinished ones (of a killed or
    live recorder) by any number: then the common beginning is used and the difference
    reported in `problems`.

    Args:
        path: `pathlib.Path` of the folder.
        labels: Whether to read `hands3d.json`.

    Attributes:
        mm_per_unit: Length of the calibration's unit in mm.
        default_subject: The person's name where labels do not say.

    Raises:
        RecordingError: If a video is missing, unreadable, of another size than
            calibrated, much longer than the others, or of another or a variable frame
            rate.
        CalibrationError: If the calibration is malformed.
        LabelError: If a label file is malformed.

    Example:
        ```python
        recording = RigRecording(Path("desk_two_cam"))
        recording.hands(12)[0].joints  # [21, 3] mm
        ```
    """

    def __init__(self, path: Path, labels: bool = True) -> None:
        calibration = path / "calibration.json"
        content = read_json(calibration, CalibrationError)
        mm = self.mm_per_unit = mm_per_unit(content, calibration)
        entries = camera_entries(content, calibration)
        cameras = [camera_from_entry(entry, calibration, mm) for entry in entries]
        sources = {entry["name"]: _frames(entry, calibration) for entry in entries}
        _refuse_shared_video(sources, calibration)
        check_frame_rates(sources)
        offsets = {entry["name"]: _offset(entry, calibration) for entry in entries}
        lengths = {
            name: source.num_frames - offsets[name] for name, source in sources.items()
        }
        name = path.resolve().name
        super().__init__(
            path=path,
            name=name,
            cameras=cameras,
            sources=sources,
            num_frames=_common_length(lengths, sources, calibration),
            fps=_fps(content, sources, calibration),
            frame_offsets=offsets,
        )
        self._leave_out_repeated()
        self.default_subject = str(content.get("subject", name))
        self._report_surplus(lengths)
        self._read_labels(labels)

    def _leave_out_repeated(self):
        """Frames that the recorder had to repeat are of another instant: no frames."""
        recorded = read_recorded_times(self.path, self.missing_frames)
        for name, frames in recorded.repeated.items() if recorded else ():
            offset = self.frame_offset(name)
            instants = {frame - offset for frame in frames} & set(
                range(self.num_frames)
            )
            self.missing_frames[name] |= instants

    def _report_surplus(self, lengths):
        for name, length in lengths.items():
            if length > self.num_frames:
                file = self._sources[name].path
                kind = f"{length - self.num_frames} surplus frames at the end unused"
                self._report(kind, file, self.num_frames, name)

    def _read_labels(self, wanted):
        labels, boxes = self._label_file(None), self.path / "boxes.json"
        self._boxes = read_boxes(boxes, self._sources) if boxes.is_file() else {}
        for name, frame in boxes_past_the_end(self._boxes, self.num_frames):
            self._report("box past the end", boxes, frame, name)
        if wanted and labels.is_file():
            self._set_labels(read_hands3d(labels, self.default_subject))

    def _read_hands(self, frame):
        return self._labels[frame]

    def _label_file(self, frame):
        return self.path / "hands3d.json"

    def boxes(self, camera_name: str, frame: int) -> Any:
        self.camera(camera_name)
        track = self._boxes.get(camera_name, {})
        return track.get(frame, track.get(None))


def _frames(entry, calibration):
    video = entry.get("video")
    if not isinstance(video, str) or not video:
        raise CalibrationError(
            f"{calibration}: camera {entry['name']!r} needs a field 'video' with a "
            f"file name. Received: video={video!r}"
        )
    if not _can_be_a_path(video):
        raise CalibrationError(
            f"{calibration}: camera {entry['name']!r}: field 'video' is no file name."
        )
    return open_frames(calibration.parent / video)


def _refuse_shared_video(sources, calibration):
    owners = {}
    for name, source in sources.items():
        place = source.path.resolve()
        # One folder may hold the images of several cameras.
        files = [place if f == source.path else place / f.name for f in source.files]
        for file in files:
            owner = owners.setdefault(file, name)
            if owner != name:
                raise CalibrationError(
                    f"{calibration}: cameras {owner!r} and {name!r} have the same "
                    f"'video', {file.name}; give each its own."
                )


def _can_be_a_path(text):
    """Whether the file system can be asked for it; else that is an error by itself."""
    try:
        names = [os.fsencode(part) for part in Path(text).parts]
    except UnicodeEncodeError:
        return False
    short = max(map(len, names), default=0) <= _MAX_NAME_BYTES
    return short and len(text) <= _MAX_PATH and "\0" not in text


def _offset(entry, calibration):
    offset = entry.get("frame_offset", 0)
    if isinstance(offset, bool) or not isinstance(offset, int) or abs(offset) > 1e9:
        raise CalibrationError(
            f"{calibration}: camera {entry['name']!r}: field 'frame_offset' must be a "
            f"whole number of frames. Received: frame_offset={offset!r}"
        )
    return offset


def _fps(content, sources, calibration):
    rates = [source.fps for source in sources.values() if source.fps is not None]
    stated = content.get("fps", rates[0] if rates else None)
    if stated is None:
        raise CalibrationError(
            f"{calibration}: needs a field 'fps', the frames per second of the images."
        )
    return finite_number(
        stated, f"{calibration}: field 'fps'", CalibrationError, positive=True
    )


def _common_length(lengths, sources, calibration):
    shortest = min(lengths, key=lengths.get)
    longest = max(lengths, key=lengths.get)
    if lengths[shortest] <= 0:
        raise RecordingError(
            f"{calibration}: 'frame_offset' of camera {shortest!r} leaves no frame "
            f"of {sources[shortest].path.name}; correct the offset."
        )
    unfinished = any(source.is_unfinished for source in sources.values())
    if not unfinished and lengths[longest] - lengths[shortest] > _MAX_EXTRA_FRAMES:
        raise RecordingError(
            f"{sources[shortest].path} has {lengths[shortest]} frames but "
            f"{sources[longest].path} has {lengths[longest]} (after 'frame_offset'); "
            "cut the videos to the same start and end, or set 'frame_offset' in "
            f"{calibration.name}."
        )
    return lengths[shortest]
