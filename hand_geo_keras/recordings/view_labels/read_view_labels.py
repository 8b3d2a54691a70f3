"""The 2D labels of all views of a recording, by instant."""

from pathlib import Path

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.view_labels.coco import read_coco
from hand_geo_keras.recordings.view_labels.keypoint_csv import read_keypoint_csv


def read_view_labels(files, recording, min_likelihood=0.5):
    """Reads one label file per camera: CSV or COCO JSON.

    The files count frames as their video does; the recording's frame offsets turn
    that into instants. What cannot be used is counted in `recording.problems`.

    Args:
        files: dict from camera name to file.
        recording: `Recording` whose cameras they are.
        min_likelihood: See `read_keypoint_csv`.

    Returns:
        dict from camera name to a dict from instant to `[21, 2]` float64 pixels.

    Raises:
        LabelError: If a camera is unknown, a file malformed, or no instant left.

    Example:
        ```python
        files = {"cam0": "labels_cam0.csv", "cam1": "labels_cam1.csv"}
        pixels = read_view_labels(files, open_recording("my_rig"))
        ```
    """
    names = {camera.name for camera in recording.cameras}
    unknown = sorted(set(files) - names)
    if unknown:
        raise LabelError(
            f"{recording.path}: has no cameras {unknown}, only {sorted(names)}; give "
            "labels as <camera>=<file>."
        )
    labels = {
        name: _by_instant(Path(file), recording, name, min_likelihood)
        for name, file in files.items()
    }
    if not any(labels.values()):
        raise LabelError(
            f"{recording.path}: no labelled frame lies in its {recording.num_frames} "
            f"frames. Received: files={sorted(map(str, files.values()))}"
        )
    return labels


def _by_instant(file, recording, name, min_likelihood):
    if file.suffix.lower() == ".json":
        labels = read_coco(file)
    else:
        labels = read_keypoint_csv(file, min_likelihood)
    offset = recording.frame_offset(name)
    instants = {frame - offset: pixels for frame, pixels in labels.items()}
    usable = {}
    for instant, pixels in sorted(instants.items()):
        if not 0 <= instant < recording.num_frames:
            recording._report("2D label outside the recording", file, instant, name)
        elif pixels is None:
            recording._report("several hands in one image", file, instant, name)
        else:
            usable[instant] = pixels
    return usable
