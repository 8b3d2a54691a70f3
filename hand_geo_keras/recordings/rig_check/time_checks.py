"""Checks of time: whether frames of one number are of one instant in all cameras."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding

_TIMED_FRAMES = 2000
_LONG = 1.5
_MAX_OTHER_RATE = 0.02


def check_time(recording: Recording) -> Iterator[Any]:
    """Findings on frame rates, stated and measured, and on frames that were dropped."""
    rates, dropped = {}, {}
    for camera in recording.cameras:
        times = np.asarray(recording.frame_times_ms(camera.name, _TIMED_FRAMES))
        if len(times) < 10:
            continue
        steps = np.diff(times)
        missed = _missed(steps)
        rates[camera.name] = 1000 * (len(steps) + missed.sum()) / steps.sum()
        dropped[camera.name] = int(missed.sum())
    yield from _stated(recording, rates)
    if len(rates) < 2:
        return
    yield _drift(recording, rates)
    for name, count in dropped.items():
        if count:
            yield Finding(
                "dropped frames",
                "warning",
                f"the time stamps of {name} leave out {count} frames among the first "
                f"{_TIMED_FRAMES}",
                "resample it by its time stamps (ffmpeg -i in.mp4 -vf "
                f"fps={rates[name]:.4g} out.mp4): later frames are of other instants "
                "than those of the other cameras.",
            )


def _missed(steps):
    """Frames left out in each interval between two time stamps."""
    ratio = steps / np.median(steps)
    return np.where(ratio > _LONG, np.round(ratio) - 1, 0)


def _stated(recording, rates):
    for name, rate in rates.items():
        if abs(rate / recording.fps - 1) > _MAX_OTHER_RATE:
            yield Finding(
                "stated frame rate",
                "warning",
                f"the rig is said to have {recording.fps:.4g} frames per second, but "
                f"{name} has {rate:.4g} by its time stamps",
                "correct 'fps' in calibration.json, by which motion is smoothed, "
                "unless the time stamps are those of slow motion.",
                name,
            )
            return


def _drift(recording, rates):
    slow, fast = min(rates.values()), max(rates.values())
    frames = recording.num_frames * (fast / slow - 1)
    listed = ", ".join(f"{name} {rate:.4g}" for name, rate in rates.items())
    message = f"frames per second: {listed}"
    if frames >= 1:
        return Finding(
            "frame rates",
            "warning",
            f"{message}; they drift apart by {frames:.0f} frames over the recording",
            "bring all videos to one rate by their time stamps (ffmpeg -vf fps=...).",
        )
    return Finding("frame rates", "ok", message)
