"""Checks of the time stamps that `hand-geo record` writes beside the videos."""

import collections
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.text_files.numbers import number_array, whole_number
from hand_geo_keras.recordings.text_files.table import read_table

_FILE, _COLUMNS = "timestamps.csv", ["frame", "camera", "time_ms", "repeated"]
_MAX_REPEATED = 0.02


def check_recorded_times(recording: Recording) -> Iterator[Any]:
    """Finding on dropped frames and on how far apart frames of one number were taken.

    Raises:
        RecordingError: If the file of time stamps is malformed.
    """
    path = Path(recording.path) / _FILE
    if not path.is_file():
        return
    times, repeated = _read(path, {camera.name for camera in recording.cameras})
    spreads = [np.ptp(list(at.values())) for at in times.values() if len(at) > 1]
    if not spreads:
        return
    period = 1000 / recording.fps
    message = (
        f"frames of one number were taken within {np.median(spreads):.1f} ms (median), "
        f"{max(spreads):.0f} ms at most"
    )
    dropped = {name: n for name, n in repeated.items() if n}
    if dropped:
        listed = ", ".join(f"{name} {n}" for name, n in sorted(dropped.items()))
        message += f"; dropped frames, replaced by the one before: {listed}"
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


def _read(path, names):
    """`(dict from frame to dict from camera to ms, dict from camera to repeated)`."""
    table = read_table(path, RecordingError)
    if not table.rows or table.rows[0] != _COLUMNS:
        raise RecordingError(
            f"{path}: must have the columns {', '.join(_COLUMNS)}; record again, or "
            f"remove the file. Received: {table.rows[:1]}"
        )
    times, repeated = collections.defaultdict(dict), collections.Counter()
    for index, row in enumerate(table.rows[1:], 1):
        frame = whole_number(row[0]) if len(row) == len(_COLUMNS) else None
        if frame is None or row[1] not in names or row[3] not in ("0", "1"):
            raise RecordingError(
                f"{table.where(index)}: is no time stamp of a camera of this rig "
                f"({', '.join(sorted(names))}); remove the file, or keep the cameras' "
                f"names. Received: {row}"
            )
        time_ms = _number(row[2], f"{table.where(index)}: time_ms")
        if row[3] == "1":
            repeated[row[1]] += 1
        else:
            times[frame][row[1]] = time_ms
    return times, repeated


def _number(text, where):
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    return float(number_array([value], (1,), where, RecordingError)[0])
