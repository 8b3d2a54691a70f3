"""The one entry point to recordings: a registry of their formats."""

import collections
from pathlib import Path
from typing import Any

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.panoptic import PanopticRecording
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig import RigRecording

# `pattern` is the name of a file in the folder that tells the format, `file` the same
# for people; `open` takes the folder and whether to read labels. The first that fits is
# taken.
RecordingFormat = collections.namedtuple("RecordingFormat", "name pattern file open")

RECORDING_FORMATS = (
    RecordingFormat(
        "a plain rig", "calibration.json", "calibration.json", RigRecording
    ),
    RecordingFormat(
        "a CMU Panoptic tree",
        "calibration_*.json",
        "calibration_<sequence>.json",
        PanopticRecording,
    ),
)


def recording_format(path: Path) -> Any:
    """The `RecordingFormat` of a folder, or None.

    Args:
        path: Folder, str or `pathlib.Path`.
    """
    for known in RECORDING_FORMATS:
        if any(file.is_file() for file in Path(path).glob(known.pattern)):
            return known
    return None


def open_recording(path: str | Path, labels: bool = True) -> Recording:
    """Opens a recording, whatever its format.

    Two formats are known, told apart by the calibration's file name:

    - a plain rig: `calibration.json`, one video (or folder of images) per camera, and
      if there are labels `hands3d.json` (see `RigRecording`);
    - a CMU Panoptic tree: `calibration_{sequence}.json`, `hdVideos` or `hdImgs`,
      and `hdHand3d` (see `PanopticRecording`).

    Args:
        path: Folder of the recording, str or `pathlib.Path`.
        labels: Whether to read the 3D labels.

    Returns:
        `Recording`.

    Raises:
        RecordingError: If the folder is neither, or its files cannot be used.
        CalibrationError: If a camera is impossible.
        LabelError: If the label file of a rig is malformed.

    Example:
        ```python
        recording = open_recording("desk_two_cam")
        print(recording.num_frames, [camera.name for camera in recording.cameras])
        ```
    """
    folder = Path(path)
    known = recording_format(folder)
    if known is not None:
        return known.open(folder, labels)
    needed = ", ".join(f"{f.name} {f.file!r}" for f in RECORDING_FORMATS)
    raise RecordingError(
        f"{folder}: is not a recording; needed is one of: {needed}, and neither was "
        "found. Other calibrations become calibration.json by 'hand-geo convert'."
    )
