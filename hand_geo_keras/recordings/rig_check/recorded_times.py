"""Checks of the time stamps that `hand-geo record` writes beside the videos."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.recordings.recorded_times import read_recorded_times
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding

_MAX_REPEATED = 0.02


def check_recorded_times(recording: Recording) -> Iterator[Any]:
    """Finding on dropped frames and on how far apart frames of one number were taken.

    Raises:
        RecordingError: If the file of time stamps is malformed.
    """
    names = [camera.name for camera in recording.cameras]
    recorded = read_recorded_times(Path(recording.path), names)
    if recorded is None:
        return
    times = recorded.times
    spreads = [np.ptp(list(at.values())) for at in times.values() if len(at) > 1]
    if not spreads:
        return
    period = 1000 / recording.fps
    message = (
        f"frames of one number were taken within {np.median(spreads):.1f} ms (median), "
        f"{max(spreads):.0f} ms at most"
    )
    dropped = {name: len(frames) for name, frames in recorded.repeated.items()}
    if dropped:
        listed = ", ".join(f"{name} {n}" for name, n in sorted(dropped.items()))
        message += f"; dropped frames, which count as missing: {listed}"
    bad = max(dropped.values(), default=0) > _MAX_REPEATED * len(times)
    if bad or np.median(spreads) > period:
        yield Finding(
            "recorded times",
            "warning",
            message,
            "record again with more light, a lower --fps or --resolution, or a USB "
            "controller per camera.",
        )
    else:
        yield Finding("recorded times", "ok", message)
