"""The time stamps that `hand-geo record` writes beside the videos."""

import collections
import dataclasses
from collections.abc import Collection
from pathlib import Path

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.text_files.numbers import number_array, whole_number
from hand_geo_keras.recordings.text_files.table import read_table

TIME_STAMPS = "timestamps.csv"
_COLUMNS = ["frame", "camera", "time_ms", "repeated"]


@dataclasses.dataclass(frozen=True)
class RecordedTimes:
    """When frames were taken.

    Args:
        times: dict from frame of the videos to a dict from camera name to ms, without
            repeated frames.
        repeated: dict from camera name to the frames in whose place the frame before
            is, ascending.
    """

    times: dict[int, dict[str, float]]
    repeated: dict[str, list[int]]


def read_recorded_times(folder: Path, names: Collection[str]) -> RecordedTimes | None:
    """Reads a rig's `timestamps.csv`.

    Args:
        folder: `pathlib.Path` of the rig.
        names: Names of the rig's cameras.

    Returns:
        `RecordedTimes`; None if the rig has no such file.

    Raises:
        RecordingError: If the file is malformed or of other cameras.
    """
    path = folder / TIME_STAMPS
    if not path.is_file():
        return None
    table = read_table(path, RecordingError)
    if not table.rows or table.rows[0] != _COLUMNS:
        raise RecordingError(
            f"{path}: must have the columns {', '.join(_COLUMNS)}; record again, or "
            f"remove the file. Received: {table.rows[:1]}"
        )
    times = collections.defaultdict(dict)
    repeated: dict[str, list[int]] = collections.defaultdict(list)
    recorded = {row[1] for row in table.rows[1:] if len(row) == len(_COLUMNS)}
    for index, row in enumerate(table.rows[1:], 1):
        frame = whole_number(row[0]) if len(row) == len(_COLUMNS) else None
        is_row = len(row) == len(_COLUMNS) and row[3] in ("0", "1")
        # Cameras that were recorded beside those of the rig do not matter.
        if is_row and row[1] not in names and recorded.issuperset(names):
            continue
        if frame is None or not is_row or row[1] not in names:
            raise RecordingError(
                f"{table.where(index)}: is no time stamp of a camera of this rig "
                f"({', '.join(sorted(names))}); remove the file, or keep the cameras' "
                f"names. Received: {row}"
            )
        time_ms = _number(row[2], f"{table.where(index)}: time_ms")
        if row[3] == "1":
            repeated[row[1]].append(frame)
        else:
            times[frame][row[1]] = time_ms
    return RecordedTimes(
        dict(times), {name: sorted(frames) for name, frames in repeated.items()}
    )


def _number(text, where):
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    return float(number_array([value], (1,), where, RecordingError)[0])
