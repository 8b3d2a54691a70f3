"""CMU Panoptic trees."""

import re
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import CalibrationError, LabelError, RecordingError
from hand_geo_keras.recordings.calibration import camera_entries, camera_from_entry
from hand_geo_keras.recordings.image_frames import ImageFrames
from hand_geo_keras.recordings.panoptic_labels import PanopticSubjects, parse_hands
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_labels import boxes_past_the_end, read_boxes
from hand_geo_keras.recordings.text_files.json_file import read_json
from hand_geo_keras.recordings.video_frames import VideoFrames

_MM_PER_CM = 10.0
_HD_FPS = 29.97
_LABEL_FILE = re.compile(r"handRecon3D_hd(\d{8})\.json$")


class PanopticRecording(Recording):
    """Reads one sequence of a CMU Panoptic tree, as `getData.sh` leaves it.

    Files in the folder:

    - `calibration_{sequence}.json` in centimetres; the cameras of type `"hd"`.
    - `hdVideos/hd_00_XX.mp4`, or `hdImgs/00_XX/00_XX_%08d.jpg` (or png) where a
      camera has no video. Cameras with neither are dropped: in several sequences a
      camera failed at capture.
    - `hdHand3d/handRecon3D_hd%08d.json` (or in `hdHand3d/hd`), optional. The number
      is the 0-based frame index; files start late and have gaps.
    - `subjects.json`, optional: who the tracker's person ids are, for example
      `{"0": "anna", "2": [{"from": 0, "to": 5000, "subject": "ben"}]}` with frames
      counted inclusively. An id that is not listed becomes `{sequence}/{id}`.

    - `boxes.json`, optional: hand boxes per camera, as for a plain rig.

    Whatever is missing or broken is skipped and listed in `problems`: absent or
    truncated videos, half-written JSON, hands of untracked people (id -1). Joints
    that were not reconstructed (0, 0, 0) are invalid.

    Args:
        path: `pathlib.Path` of the folder.
        labels: Whether to list the labels.

    Raises:
        CalibrationError: If there is not exactly one calibration, it is malformed,
            or it has no HD camera.
        RecordingError: If no camera has frames, or frames have another size than
            calibrated.
        LabelError: If `subjects.json` or `boxes.json` is malformed.

    Example:
        ```python
        recording = PanopticRecording(Path("171026_pose3"))
        frame = recording.labelled_frames[0]
        [hand.side for hand in recording.hands(frame)]
        ```

    Reference:
        CMU Panoptic Toolbox, `scripts/getData.sh` and
        `python/example.ipynb`; frame numbers as in `scripts/hdImgsExtractor.sh`.
    """

    def __init__(self, path: Path, labels: bool = True) -> None:
        calibration = _calibration_file(path)
        entries = _hd_entries(calibration)
        sources, failures = _find_frames(path, [entry["name"] for entry in entries])
        if not sources:
            raise RecordingError(
                f"{path}: none of the {len(entries)} HD cameras has a readable "
                "'hdVideos/hd_00_XX.mp4' or folder 'hdImgs/00_XX'; download the "
                "videos first."
            )
        super().__init__(
            path=path,
            name=calibration.stem.removeprefix("calibration_"),
            cameras=[
                camera_from_entry(entry, calibration, _MM_PER_CM)
                for entry in entries
                if entry["name"] in sources
            ],
            sources=sources,
            num_frames=max(source.num_frames for source in sources.values()),
            fps=_HD_FPS,
        )
        for name, file in failures:
            self._report("no readable frames", file, camera=name)
        self._report_short(sources)
        self._subjects = PanopticSubjects(path / "subjects.json", self.name)
        boxes, known = path / "boxes.json", [entry["name"] for entry in entries]
        self._boxes = read_boxes(boxes, known) if boxes.is_file() else {}
        for name, frame in boxes_past_the_end(self._boxes, self.num_frames):
            self._report("box past the end", boxes, frame, name)
        if labels:
            self._set_labels(self._list_labels())

    def boxes(self, camera_name: str, frame: int) -> Any:
        self.camera(camera_name)
        track = self._boxes.get(camera_name, {})
        return track.get(frame, track.get(None))

    def _report_short(self, sources):
        for name, source in sources.items():
            short = self.num_frames - source.num_frames
            if short:
                kind = f"{short} frames shorter than the longest camera"
                self._report(kind, source.path, source.num_frames, name)

    def _list_labels(self):
        folder = self.path / "hdHand3d"
        # Some archives unpack into one more folder level.
        files = [*folder.glob("*.json"), *folder.glob("hd/*.json")]
        numbered = ((_LABEL_FILE.match(file.name), file) for file in sorted(files))
        return {int(match[1]): file for match, file in numbered if match}

    def _label_file(self, frame):
        return self._labels[frame]

    def _read_hands(self, frame):
        file = self._labels[frame]
        try:
            hands, num_untracked = parse_hands(file, frame, self._subjects, _MM_PER_CM)
        except LabelError:
            self._report("unreadable label file", file, frame)
            return ()
        if num_untracked:
            self._report("person without tracking id", file, frame)
        return hands


def _calibration_file(path):
    files = sorted(path.glob("calibration_*.json"))
    if len(files) != 1:
        raise CalibrationError(
            f"{path}: needs exactly one 'calibration_<sequence>.json'. "
            f"Received: {[file.name for file in files]}"
        )
    return files[0]


def _hd_entries(calibration):
    entries = camera_entries(read_json(calibration, CalibrationError), calibration)
    hd = [entry for entry in entries if entry.get("type") == "hd"]
    if not hd:
        raise CalibrationError(
            f"{calibration}: has no camera of type 'hd'; use the calibration that "
            "comes with the sequence's HD videos. "
            f"Received: types={sorted({str(entry.get('type')) for entry in entries})}"
        )
    return hd


def _find_frames(path, names):
    """Frame source per camera name, and `(name, file)` of whatever is unreadable."""
    sources, failures = {}, []
    for name in names:
        video, images = path / "hdVideos" / f"hd_{name}.mp4", path / "hdImgs" / name
        # Extracted images stand in for an absent or broken video.
        readers = [(_images, images)] if images.exists() else []
        if video.exists() or not readers:
            readers.insert(0, (VideoFrames, video))
        for reader, file in readers:
            try:
                sources[name] = reader(file)
                break
            except RecordingError:
                failures.append((name, file))
    return sources, failures


def _images(folder):
    return ImageFrames(folder, f"{folder.name}_%08d")
