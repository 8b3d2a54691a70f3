"""By how many frames cameras run apart, told from when they see motion."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.camera_pairs import camera_pairs
from hand_geo_keras.recordings.rig_check.epipolar_motion import epipolar_motion
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.frame_scan import CameraScan
from hand_geo_keras.recordings.rig_check.shift_path import (
    best_path,
    constant_parts,
    is_clear,
)

# Of a whole camera, and by steps in between.
_MAX_SHIFT, _MAX_STEPS = 150, 10
# What a step must gain, in frames of full agreement; agreement that is no chance; part
# of it that is lost without the shift (cameras that run free are half a frame apart).
_STEP, _AGREES, _LOSES = 6.0, 0.12, 0.15
_MIN_FRAMES = 30
_REACH = 16  # planes by which a camera may be turned
_CHECK = "synchronisation of images"


def frame_shifts(
    cameras: Sequence[Camera], scans: dict[str, CameraScan]
) -> np.ndarray | None:
    """Frames by which every camera is late, over time.

    First one shift per camera is looked for, then steps of it; the camera first that
    gains most.

    Args:
        cameras: V `Camera`s.
        scans: dict from camera name to `CameraScan`.

    Returns:
        `[V, T]` int, 0 for the cameras that are the clock; None if the images do not
        tell.
    """
    pairs = _pairs_over_time(cameras, scans)
    if not pairs:
        return None
    count = len(next(iter(pairs.values()))[0])
    paths = np.zeros((len(cameras), count), int)
    told = _improve(paths, pairs, _constant)
    told |= _improve(paths, pairs, _stepwise)
    return paths if told else None


def _pairs_over_time(cameras, scans):
    pairs = {}
    for a, b in camera_pairs(cameras):
        both = (cameras[a], cameras[b])
        motion = epipolar_motion(both, tuple(scans[camera.name] for camera in both))
        if motion is not None:
            pairs[a, b] = motion.over_time(_most(scans), _REACH)
    return pairs


def _most(scans):
    count = min(len(scan.thumbs) for scan in scans.values())
    return min(_MAX_SHIFT, count // 4)


def _improve(paths, pairs, search):
    """Sets better paths in place, the best first; whether the images tell any."""
    told, movable = False, list(range(len(paths)))
    if len(paths) == 2:
        movable = [1]  # either would do: the first is the clock
    while movable:
        found = {camera: search(camera, pairs, paths) for camera in movable}
        told |= any(is_told for _, _, is_told in found.values())
        best = max(found, key=lambda camera: found[camera][1])
        path, gain, _ = found[best]
        if gain <= 0:
            break
        paths[best] = path
        movable.remove(best)
    return told


def _constant(camera, pairs, paths):
    """`(path, gain, is told)` of the best shift of a whole camera."""
    count = paths.shape[1]
    most = min(_MAX_SHIFT, count // 4)
    agreement = _agreement(camera, pairs, paths, range(-most, most + 1))
    shift = int(np.argmax(agreement.sum(0))) - most
    now, given = agreement[:, shift + most], agreement[:, most]
    is_told = _is_told(now)
    if not (is_told and _is_better(now, given)):
        return paths[camera], 0.0, is_told
    return np.full(count, shift), float((now - given).sum()), True


def _stepwise(camera, pairs, paths):
    """`(path, gain, is told)` of the best course of a camera's shift."""
    usual = int(np.median(paths[camera]))
    low = usual - _MAX_STEPS
    shifts = range(low, usual + _MAX_STEPS + 1)
    agreement = _agreement(camera, pairs, paths, shifts)
    given = agreement[np.arange(len(agreement)), paths[camera] - low]
    parts = []
    for first, last, index in constant_parts(best_path(agreement, _STEP)):
        run = slice(first, last + 1)
        now, other = agreement[run, index], given[run]
        is_same = (paths[camera][run] == index + low).all()
        if _is_told(now) and (is_same or _is_better(now, other)):
            parts.append((first, last, index + low))
    path = _joined(parts, paths[camera])
    gain = agreement[np.arange(len(agreement)), path - low] - given
    return path, float(gain.sum()), bool(parts)


def _joined(parts, path):
    """A path through the parts that are certain; what is between goes with the next."""
    path = path.copy()
    if parts:
        path[:] = parts[-1][2]
    for _, last, shift in reversed(parts[:-1]):
        path[: last + 1] = shift
    return path


def _is_told(now):
    return len(now) >= _MIN_FRAMES and now.mean() > _AGREES and is_clear(now, _STEP)


def _is_better(now, given):
    gain = now - given
    return gain.mean() > _LOSES * now.mean() and is_clear(gain, _STEP)


def _agreement(camera, pairs, paths, shifts):
    """`[T, S]` mean agreement of a camera at every shift with the others as they are.

    All zeros where it is compared with no other.
    """
    frames = np.arange(paths.shape[1])
    total, compared = np.zeros((len(frames), len(shifts))), 0
    for pair, series in pairs.items():
        if camera not in pair:
            continue
        is_second = pair[1] == camera
        mine, others = series[is_second], series[not is_second]
        others = _at(others, frames + paths[pair[not is_second]])
        for column, shift in enumerate(shifts):
            total[:, column] += (others * _at(mine, frames + shift)).sum(1)
        compared += 1
    return total / max(compared, 1)


def _at(series, frames):
    """`[T, P]` of other frames, 0 where there are none."""
    inside = (frames >= 0) & (frames < len(series))
    return series[np.clip(frames, 0, len(series) - 1)] * inside[:, None]


def check_shifts(
    recording: Recording, cameras: Sequence[Camera], shifts: np.ndarray | None
) -> Iterator[Finding]:
    """Findings on cameras that are late or early, or lost frames.

    Args:
        recording: `Recording`, for its frame offsets.
        cameras: V `Camera`s.
        shifts: What `frame_shifts` returned.
    """
    if shifts is None:
        return
    if not shifts.any():
        yield Finding(_CHECK, "ok", "the views see motion at the same time")
    for camera, path in zip(cameras, shifts):
        if path.any():
            offset = recording.frame_offset(camera.name)
            yield _shift_finding(camera.name, offset, constant_parts(path), cameras)


def _shift_finding(name, offset, parts, cameras):
    against = "the others"
    if len(cameras) == 2:
        (against,) = (camera.name for camera in cameras if camera.name != name)
    if len(parts) == 1:
        ((first, last, shift),) = parts
        return Finding(
            _CHECK,
            "warning",
            f"{name} sees motion {_frames(shift)} than {against}",
            f"set 'frame_offset' of {name} to {offset + shift} in calibration.json and "
            "check again.",
            name,
            ((first, last),),
        )
    texts, starts = [], []
    for (_, _, before), (first, _, shift) in itertools.pairwise(parts):
        lost = before - shift
        what = "lost" if lost > 0 else "has"
        more = "" if lost > 0 else " more than the others"
        number = f"{abs(lost)} frame{'s' if abs(lost) > 1 else ''}"
        texts.append(f"{what} {number}{more} at about frame {first}")
        starts.append(first)
    listed = " and ".join(f"at frame {start}" for start in starts[:4])
    offsets = ", ".join(str(offset + shift) for _, _, shift in parts[:5])
    return Finding(
        "dropped frames",
        "warning",
        f"by when it sees motion against {against}, {name} " + ", ".join(texts[:4]),
        f"split the recording {listed} and give {name} the 'frame_offset' {offsets} in "
        "its parts; or record again with hand-geo record, which keeps frames in step.",
        name,
        tuple((first, last) for first, last, shift in parts if shift),
    )


def _frames(shift):
    plural = "s" if abs(shift) > 1 else ""
    return f"{abs(shift)} frame{plural} {'later' if shift > 0 else 'earlier'}"
