"""The 2D labels of all views of a recording, by instant."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.view_labels.label_choice import LabelChoice, View
from hand_geo_keras.recordings.view_labels.label_formats import label_format


def read_view_labels(
    files: dict[Any, Any], recording: Recording, choice: LabelChoice | None = None
) -> dict[Any, Any]:
    """Reads one label file per camera: CSV, COCO JSON or DeepLabCut's HDF5.

    The files count frames as their video does; the recording's frame offsets turn
    that into instants.

    Args:
        files: dict from camera name to file.
        recording: `Recording` whose cameras they are.
        choice: `LabelChoice`: which hand, and what the files leave open; its defaults
            if None.

    Returns:
        dict from camera name to `ViewLabels` by instant instead of frame.

    Raises:
        LabelError: If a camera is unknown, a file malformed, two cameras have the same
            labels, or no instant is left.

    Example:
        ```python
        files = {"cam0": "labels_cam0.csv", "cam1": "labels_cam1.csv"}
        labels = read_view_labels(files, open_recording("my_rig"))
        print(labels["cam0"].frames[12])  # [21, 2] pixels
        ```
    """
    names = {camera.name for camera in recording.cameras}
    unknown = sorted(set(files) - names)
    if unknown:
        raise LabelError(
            f"{recording.path}: has no cameras {unknown}, only {sorted(names)}; give "
            "labels as <camera>=<file>."
        )
    choice = choice or LabelChoice()
    labels = {
        name: _by_frame(Path(file), recording, name, choice)
        for name, file in files.items()
    }
    _refuse_one_view_twice(files, labels)
    for name, view in labels.items():
        _count_by_instant(view, Path(files[name]), recording, name)
    if not any(view.frames for view in labels.values()):
        dropped = {name: dict(view.dropped) for name, view in labels.items()}
        raise LabelError(
            f"{recording.path}: none of the labels can be used in its "
            f"{recording.num_frames} frames; joints count from a likelihood or "
            f"visibility of {choice.min_likelihood:g} on. Received: "
            f"files={sorted(map(str, files.values()))}, dropped={dropped}"
        )
    return labels


def _refuse_one_view_twice(files, labels):
    """Two cameras never see a hand at exactly the same pixels in all frames."""
    for one, other in itertools.combinations(sorted(labels), 2):
        first, second = labels[one].frames, labels[other].frames
        pairs = [(first[frame], second[frame]) for frame in first.keys() & second]
        if len(pairs) > 1 and all(np.array_equal(*p, equal_nan=True) for p in pairs):
            raise LabelError(
                f"{files[one]} and {files[other]}: hold the same coordinates, but are "
                f"given for two cameras, {one!r} and {other!r}; give each its own file."
            )


def _by_frame(file, recording, name, choice):
    if not file.is_file():
        raise LabelError(f"{file}: the label file is missing.")
    return label_format(file).read(file, choice, _view(recording, name))


def _count_by_instant(labels, file, recording, name):
    offset, frames = recording.frame_offset(name), {}
    for frame, pixels in sorted(labels.frames.items()):
        if 0 <= frame - offset < recording.num_frames:
            frames[frame - offset] = pixels
        else:
            labels.dropped["outside the recording"] += 1
            recording._report("2D label outside the recording", file, frame, name)
    labels.frames = frames


def _view(recording, name):
    others = [camera.name for camera in recording.cameras if camera.name != name]
    return View(
        names=recording.image_names(name),
        other_names=tuple(n for other in others for n in recording.image_names(other)),
        resolution=recording.camera(name).resolution,
    )
