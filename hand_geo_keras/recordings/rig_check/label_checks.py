"""Checks of the 3D labels: number, visibility, reprojection."""

import collections
from collections.abc import Iterator
from typing import Any

import numpy as np

from hand_geo_keras.geometry.triangulation import reprojection_error
from hand_geo_keras.recordings.hands_in_view import fractions_inside, remedy_for_view
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.label_joints import label_joints

_MIN_LABELS = 16
_UNUSED = ("past the end", "without joints")  # how such problems end
_COMMON_VOLUME = (
    "turn the cameras to a common volume and move the hand inside it, and make sure "
    "that labels and calibration have one world frame."
)
_GOOD_ERROR_PX = 0.01  # of the image's width
_BAD_ERROR_PX = 0.03


def check_labels(recording: Recording, pixels: Any = None) -> Iterator[Any]:
    """Findings on how many frames have a usable label, and on labels that are not."""
    frames = [frame for frame in recording.labelled_frames if recording.hands(frame)]
    message = f"{len(frames)} of {recording.num_frames} frames have 3D labels"
    given = len(set().union(*pixels.values())) if pixels else 0
    if pixels and not frames:
        message += f", {given} have 2D labels"
    if len(frames) < _MIN_LABELS <= given:
        fix = "store them by: hand-geo prepare RIG --labels CAMERA=FILE ..."
        yield Finding("labels", "ok", message, fix)
    elif len(frames) < _MIN_LABELS:
        yield Finding(
            "labels",
            "warning",
            message,
            "hand-geo label makes 3D labels of all views together; or label "
            f"{_MIN_LABELS} to 64 frames, spread in time, by hand. View synthesis "
            "alone needs none, but then hand boxes or a detector.",
        )
    else:
        yield Finding("labels", "ok", message)
    yield from _unused(recording, len(frames))


def _unused(recording, count):
    """Labels without joints or without an image; the visibility is looked at apart."""
    unused = collections.Counter(
        problem.kind for problem in recording.problems if problem.kind.endswith(_UNUSED)
    )
    if unused:
        yield Finding(
            "unused labels",
            "error" if unused.total() > count else "warning",
            ", ".join(f"{kind}: {number}" for kind, number in sorted(unused.items())),
            "frame numbers count the recording's instants from 0, and joints are "
            "numbers and valid; correct the others or take them out.",
        )


def check_coverage(recording: Recording) -> Iterator[Any]:
    """Finding on the number of views that see the whole labelled hand."""
    joints = label_joints(recording)
    if not joints.size:
        return
    inside = fractions_inside(recording.cameras, joints)
    whole = (inside > 0.8).sum(0)
    listed = ", ".join(
        f"{camera.name} {fraction:.0%}"
        for camera, fraction in zip(recording.cameras, (inside > 0.8).mean(1))
    )
    pairs = (whole >= 2).mean()
    message = (
        f"{pairs:.0%} of the labelled hands are in at least two views, "
        f"{whole.mean():.1f} on average ({listed})"
    )
    if pairs < 0.2:
        remedy = remedy_for_view(recording.cameras, joints)
        fix = f"the hands are in view if {remedy}." if remedy else _COMMON_VOLUME
        yield Finding("visibility", "error", message, fix)
    elif pairs < 0.7:
        fix = "keep the hand where the views overlap; the other frames train nothing."
        yield Finding("visibility", "warning", message, fix)
    else:
        yield Finding("visibility", "ok", message)


def check_reprojection(recording: Recording, pixels: Any = None) -> Iterator[Any]:
    """Findings per camera from 2D labels, else one from the errors in the file."""
    if pixels:
        yield from _measured(recording, pixels)
        return
    errors = [
        hand.reprojection_px[hand.valid]
        for frame in recording.labelled_frames
        for hand in recording.hands(frame)
    ]
    errors = np.concatenate(errors) if errors else np.zeros(0)
    errors = errors[errors > 0]  # zeros where the format has none
    if errors.size:
        width = max(camera.resolution[0] for camera in recording.cameras)
        yield _graded("reprojection", errors, width, "as noted in the label file")


def _measured(recording, pixels):
    for camera in recording.cameras:
        errors = [
            reprojection_error([camera], hand.joints[hand.valid], [seen[hand.valid]])[0]
            for frame, seen in pixels.get(camera.name, {}).items()
            for hand in recording.hands(frame)
        ]
        errors = np.concatenate(errors) if errors else np.zeros(0)
        errors = errors[np.isfinite(errors)]
        if errors.size:
            name = f"reprojection in {camera.name}"
            yield _graded(name, errors, camera.resolution[0], "against 2D labels")


def _graded(name, errors, width, source):
    median, high = np.median(errors), np.percentile(errors, 95)
    message = f"{median:.1f} px median, {high:.1f} px in 95 %, {source}"
    if median > _BAD_ERROR_PX * width:
        fix = "calibrate again (after the last time a camera was moved or refocused)."
        return Finding(name, "error", message, fix)
    if median > _GOOD_ERROR_PX * width:
        fix = "check calibration, synchronisation and the 2D labels; expect blur."
        return Finding(name, "warning", message, fix)
    return Finding(name, "ok", message)
