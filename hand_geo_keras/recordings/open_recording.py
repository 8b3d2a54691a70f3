"""The one door to recordings of every format."""

from pathlib import Path

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.panoptic import PanopticRecording
from hand_geo_keras.recordings.rig import RigRecording


def open_recording(path):
    """Opens a recording, whatever its format.

    Two formats are known, told apart by the calibration's file name:

    - a plain rig: `calibration.json`, one video per camera, and if there are labels
      `hands3d.json` (see `RigRecording`);
    - a CMU Panoptic tree: `calibration_{sequence}.json`, `hdVideos` or `hdImgs`,
      and `hdHand3d` (see `PanopticRecording`).

    Args:
        path: Folder of the recording, str or `pathlib.Path`.

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
    if (folder / "calibration.json").is_file():
        return RigRecording(folder)
    if any(folder.glob("calibration_*.json")):
        return PanopticRecording(folder)
    raise RecordingError(
        f"{folder}: is not a recording; a plain rig needs 'calibration.json', a CMU "
        "Panoptic tree 'calibration_<sequence>.json', and neither was found."
    )
