"""Checks of the videos: frame counts, missing frames, a still background."""

import filecmp
import itertools
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.hand_region import hand_region
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.label_joints import sampled

_MIN_FRAMES = 100
_MAX_MISSING = 0.02
_SMALL_SIDE = 160
# Grey levels that a pixel typically moves around its median.
_STILL, _MOVING = 4.0, 12.0


def check_frames(recording: Recording) -> Iterator[Any]:
    """Findings on the number of instants and on missing or surplus frames."""
    count, fps = recording.num_frames, recording.fps
    message = f"{count} instants at {fps:g} fps, {count / fps:.0f} s"
    if count < _MIN_FRAMES:
        fix = "record at least some minutes of slow, varied hand motion."
        yield Finding("frames", "warning", message, fix)
    else:
        yield Finding("frames", "ok", message)
    fractions = {name: len(m) / count for name, m in recording.missing_frames.items()}
    worst = max(fractions, key=fractions.__getitem__)
    if fractions[worst] > _MAX_MISSING:
        yield Finding(
            "missing frames",
            "warning",
            f"{worst} lacks {fractions[worst]:.0%} of the instants",
            "check 'frame_offset' and whether this camera dropped frames.",
        )
    yield from _copies(recording)
    for problem in recording.problems:
        if "surplus" in problem.kind:
            yield Finding(
                "frame counts",
                "warning",
                f"{problem.camera} has {problem.kind}",
                "make sure that all videos start at the same instant; if not, set "
                "'frame_offset'.",
            )


def _copies(recording):
    """Findings on videos of two cameras that are one: a file that was copied."""
    files = {c.name: recording.media_files(c.name) for c in recording.cameras}
    for one, other in itertools.combinations(files, 2):
        pairs = list(zip(files[one], files[other]))
        if pairs and all(filecmp.cmp(*pair, shallow=False) for pair in pairs):
            yield Finding(
                "same images",
                "error",
                f"{one} and {other} have the same images",
                "one of them is a copy of the other's; give each camera its own.",
            )


def check_background(recording: Recording, num_frames: int) -> Iterator[Any]:
    """Findings on how still each camera's image is outside the hands."""
    for camera in recording.cameras:
        name = f"background of {camera.name}"
        change = _background_change(recording, camera, num_frames)
        if change is None:
            raise RecordingError(
                f"{recording.path}: none of {num_frames} frames of camera "
                f"{camera.name!r} can be read; replace its video."
            )
        message = f"pixels move by {change:.1f} grey levels around their median"
        fix = (
            "fix the camera, switch off auto-exposure and auto-focus, keep people out "
            "of the image: the background is taken to be one still image."
        )
        if change > _MOVING:
            yield Finding(name, "error", message, fix)
        elif change > _STILL:
            yield Finding(name, "warning", message, fix)
        else:
            yield Finding(name, "ok", message)


def _background_change(recording, camera, num_frames):
    missing = recording.missing_frames[camera.name]
    present = [i for i in range(recording.num_frames) if i not in missing]
    images = []
    for index, image in recording.frames(camera.name, sampled(present, num_frames)):
        if image is not None:
            region = hand_region(recording, camera, index)
            images.append(_small_grey(image, region))
    if not images:
        return None
    images = np.stack(images)
    known = np.isfinite(images).sum(0) >= 2
    if not known.any():
        return 0.0
    images = images[:, known]
    change = np.abs(images - np.nanmedian(images, axis=0))
    return float(np.median(np.nanmean(change, axis=0)))


def _small_grey(image, region):
    """Reduced grey image, NaN on hands."""
    scale = _SMALL_SIDE / max(image.shape[:2])
    size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    if region is not None:
        small = cv2.resize(
            region.astype(np.float32), size, interpolation=cv2.INTER_AREA
        )
        grey[small > 0] = np.nan
    return grey
