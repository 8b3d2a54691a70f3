"""The 2D labels of one view, and what became of the labels of its file."""

import collections
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.recordings.frame_numbers import frame_numbers
from hand_geo_keras.recordings.view_labels.label_choice import LabelChoice, View

_SAME_PX = 1e-3
# Coordinates of an image at least a few pixels wide do not all lie below this.
_NORMALISED = 2.0


@dataclasses.dataclass
class ViewLabels:
    """2D labels of one view by frame of its video.

    Args:
        frames: dict from frame index to `[21, 2]` float64 pixels in OpenPose order,
            NaN where a joint is not labelled.
        read: Number of labels in the file.
        dropped: `collections.Counter` of labels that were not used, by reason.
        ignored: Names of keypoints that are no joint of the hand.
        completed: Sentences on joints that are made of others, or that are missing.
    """

    frames: dict
    read: int = 0
    dropped: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    ignored: tuple = ()
    completed: tuple = ()


def collect_labels(
    entries: Any,
    names: Sequence[str],
    path: object,
    choice: LabelChoice,
    view: View,
    sizes: Any = None,
) -> ViewLabels:
    """Puts the labels of a file in place by frame.

    Args:
        entries: Sequence of `(pixels, where)`: `[21, 2]` pixels and the file and row,
            for error messages. Several of one image are several hands.
        names: Name or number of each entry's image.
        path: File.
        choice: `LabelChoice`.
        view: `View`.
        sizes: Optional `(width, height)` or None per entry: the size of the labelled
            image as the file states it.

    Returns:
        `ViewLabels`.

    Raises:
        LabelError: If frames cannot be told, labels contradict each other, or are
            made for images of another shape.
    """
    labels = ViewLabels({}, read=len(entries))
    frames = frame_numbers(names, path, view.names, view.other_names)
    origin = {}
    for number, (frame, (pixels, where)) in enumerate(zip(frames, entries)):
        if frame is None:
            labels.dropped["of another folder or sequence"] += 1
            continue
        frame = _counted_from_zero(frame, choice, where)
        if not np.isfinite(pixels).any():
            labels.dropped["without a joint"] += 1
            continue
        pixels = pixels * _scale(sizes and sizes[number], choice, view, where)
        _merge(labels, origin, frame, pixels, where)
    _refuse_normalised(labels.frames, path, choice)
    return labels


def check_agreement(
    stated: Sequence[Any], names: Sequence[str], field: str, path: object
) -> None:
    """Refuses images whose names say another frame than what is stated.

    Args:
        stated: Frame of each image.
        names: Name of each image; names without a number cannot contradict.
        field: What the file calls the stated frame.
        path: File, for the error message.

    Raises:
        LabelError: If the two disagree.
    """
    try:
        told = frame_numbers(names, path)
    except LabelError:
        return
    for number, other, name in zip(stated, told, names):
        if number != other:
            raise LabelError(
                f"{path}: image {name!r} has {field}={number}, but its name says "
                f"{other}; correct one of them."
            )


def _counted_from_zero(frame, choice, where):
    if frame < choice.first_frame:
        raise LabelError(
            f"{where}: has the frame {frame}, but frames were said to begin at "
            f"{choice.first_frame}; correct first_frame (--first_frame)."
        )
    return frame - choice.first_frame


def _scale(size, choice, view, where):
    """Factor from pixels of the labelled image to pixels of the camera."""
    size = choice.label_size or size
    if size is None or view.resolution is None or tuple(size) == view.resolution:
        return 1.0
    scale = np.array(view.resolution) / np.array(size, np.float64)
    if tuple(size) != (1, 1) and abs(scale[0] / scale[1] - 1) > 0.01:
        raise LabelError(
            f"{where}: was labelled on an image of {size[0]} x {size[1]} pixels, "
            f"another shape than the camera's {view.resolution[0]} x "
            f"{view.resolution[1]}: a crop or a rotated image; label whole frames, or "
            "shift the labels back."
        )
    return scale


def _merge(labels, origin, frame, pixels, where):
    """Equal labels of one frame become one, and complete each other."""
    earlier = labels.frames.get(frame)
    if earlier is None:
        labels.frames[frame], origin[frame] = pixels, where
        return
    difference = np.abs(earlier - pixels)
    if np.nanmax(difference, initial=0.0) > _SAME_PX:
        raise LabelError(
            f"{where}: labels frame {frame} again and otherwise than "
            f"{str(origin[frame]).rsplit(': ', 1)[-1]}; keep one of them."
        )
    labels.frames[frame] = np.where(np.isfinite(earlier), earlier, pixels)
    labels.dropped["repeated, equal to another"] += 1


def _refuse_normalised(frames, path, choice):
    if not frames or choice.label_size is not None:
        return
    values = np.stack(list(frames.values()))
    if np.nanmax(np.abs(values)) <= _NORMALISED:
        raise LabelError(
            f"{path}: its coordinates lie between {np.nanmin(values):.2g} and "
            f"{np.nanmax(values):.2g}, so they are normalised by the image's width and "
            "height; give label_size=(1, 1) (--label_size=1x1) or multiply them."
        )


def no_joints() -> np.ndarray:
    """`[21, 2]` NaN."""
    return np.full((NUM_JOINTS, 2), np.nan)
