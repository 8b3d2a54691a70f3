"""A plain rig: `calibration.json`, one video per camera, maybe labels."""

from hand_geo_keras.errors import CalibrationError, RecordingError
from hand_geo_keras.recordings.calibration import (
    camera_entries,
    camera_from_entry,
    mm_per_unit,
)
from hand_geo_keras.recordings.json_file import read_json
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_labels import read_boxes, read_hands3d
from hand_geo_keras.recordings.video_frames import VideoFrames

# Cameras stopped one after the other may differ by this many frames at the end.
_MAX_EXTRA_FRAMES = 5


class RigRecording(Recording):
    """Reads a plain rig.

    Files in the folder:

    - `calibration.json`: `{"unit": "mm"|"cm"|"m", "fps": 30, "cameras": [...]}`, each
      camera with `name`, `video` (file name), `resolution`, `K`, `distCoef`
      `[k1, k2, p1, p2, k3]`, `R`, `t` (world to camera) and optionally
      `frame_offset`: instant `i` is the video's frame `i + frame_offset`. Optionally
      `"subject"`, the person's name; default is the folder's name.
    - `hands3d.json`, optional: `{"unit": ..., "frames": [{"frame": 12, "hand":
      "right"|"left", "landmarks": 63 numbers, "reprojection_px": 21 numbers}]}` in
      the world frame, optionally with `subject`, `id`, `valid` and `score` (21 each).
    - `boxes.json`, optional: hand boxes per camera for footage without 3D labels,
      `{camera: {"box": [cx, cy, side]}}` or `{camera: {"frames": {"12": [...]}}}`.

    Videos may differ by up to five frames in length: then the common beginning is
    used and the difference reported in `problems`.

    Args:
        path: `pathlib.Path` of the folder.

    Raises:
        RecordingError: If a video is missing, unreadable, of another size than
            calibrated or much longer than the others.
        CalibrationError: If the calibration is malformed.
        LabelError: If a label file is malformed.

    Example:
        ```python
        recording = RigRecording(Path("desk_two_cam"))
        recording.hands(12)[0].joints  # [21, 3] mm
        ```
    """

    def __init__(self, path):
        calibration = path / "calibration.json"
        content = read_json(calibration, CalibrationError)
        mm = mm_per_unit(content, calibration)
        entries = camera_entries(content, calibration)
        cameras = [camera_from_entry(entry, calibration, mm) for entry in entries]
        sources = {entry["name"]: _video(entry, calibration) for entry in entries}
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
        self._report_surplus(lengths)
        self._read_labels(content.get("subject", name))

    def _report_surplus(self, lengths):
        for name, length in lengths.items():
            if length > self.num_frames:
                file = self._sources[name].path
                kind = f"{length - self.num_frames} surplus frames at the end unused"
                self._report(kind, file, self.num_frames, name)

    def _read_labels(self, subject):
        labels, boxes = self._label_file(None), self.path / "boxes.json"
        self._boxes = read_boxes(boxes, self._sources) if boxes.is_file() else {}
        if labels.is_file():
            self._set_labels(read_hands3d(labels, str(subject)))

    def _read_hands(self, frame):
        return self._labels[frame]

    def _label_file(self, frame):
        return self.path / "hands3d.json"

    def boxes(self, camera_name, frame):
        self.camera(camera_name)
        track = self._boxes.get(camera_name, {})
        return track.get(frame, track.get(None))


def _video(entry, calibration):
    video = entry.get("video")
    if not isinstance(video, str) or not video:
        raise CalibrationError(
            f"{calibration}: camera {entry['name']!r} needs a field 'video' with a "
            f"file name. Received: video={video!r}"
        )
    return VideoFrames(calibration.parent / video)


def _offset(entry, calibration):
    offset = entry.get("frame_offset", 0)
    if not isinstance(offset, int):
        raise CalibrationError(
            f"{calibration}: camera {entry['name']!r}: field 'frame_offset' must be a "
            f"whole number of frames. Received: frame_offset={offset!r}"
        )
    return offset


def _fps(content, sources, calibration):
    fps = content.get("fps", next(iter(sources.values())).fps)
    if not isinstance(fps, int | float) or not fps > 0:
        raise CalibrationError(
            f"{calibration}: field 'fps' must be a positive number. "
            f"Received: fps={fps!r}"
        )
    return fps


def _common_length(lengths, sources, calibration):
    shortest = min(lengths, key=lengths.get)
    longest = max(lengths, key=lengths.get)
    if lengths[shortest] <= 0:
        raise RecordingError(
            f"{calibration}: 'frame_offset' of camera {shortest!r} leaves no frame "
            f"of {sources[shortest].path.name}; correct the offset."
        )
    if lengths[longest] - lengths[shortest] > _MAX_EXTRA_FRAMES:
        raise RecordingError(
            f"{sources[shortest].path} has {lengths[shortest]} frames but "
            f"{sources[longest].path} has {lengths[longest]} (after 'frame_offset'); "
            "cut the videos to the same start and end, or set 'frame_offset' in "
            f"{calibration.name}."
        )
    return lengths[shortest]
