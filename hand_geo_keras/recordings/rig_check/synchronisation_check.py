"""Whether one camera runs ahead of the others, told from 2D labels."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.geometry.triangulation import reprojection_error, triangulate
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding

_MAX_SHIFT = 6
_MIN_FRAMES = 5
_CLEARLY_BETTER = 0.8


def check_synchronisation(recording: Recording, pixels: Any) -> Iterator[Any]:
    """Finding from shifting one camera's 2D labels in time against the others.

    At the right shift the views agree best. Needs 2D labels of consecutive frames
    and a moving hand; says nothing without them.
    """
    if not pixels or sum(bool(p) for p in pixels.values()) < 2:
        return
    cameras = [camera for camera in recording.cameras if pixels.get(camera.name)]
    shifts = {}
    # The first camera is the clock: only relative shifts can be seen.
    for camera in cameras[1:]:
        shift = _best_shift(cameras, camera, pixels)
        if shift is not None:
            shifts[camera.name] = shift
    late = {name: shift for name, shift in shifts.items() if shift}
    for name, shift in late.items():
        offset = recording.frame_offset(name) + shift
        yield Finding(
            "synchronisation",
            "warning",
            f"{name} seems {abs(shift)} frames {'late' if shift > 0 else 'early'} "
            f"against {cameras[0].name}",
            f"set 'frame_offset' of {name} to {offset} in calibration.json and check "
            "again.",
        )
    if shifts and not late:
        yield Finding("synchronisation", "ok", "the views agree best without a shift")


def _best_shift(cameras, shifted, pixels):
    errors = {
        shift: _error(cameras, shifted, pixels, shift)
        for shift in range(-_MAX_SHIFT, _MAX_SHIFT + 1)
    }
    errors = {shift: error for shift, error in errors.items() if error is not None}
    if 0 not in errors or len(errors) < 3:
        return None
    best = min(errors, key=errors.get)
    return best if errors[best] < _CLEARLY_BETTER * errors[0] else 0


def _error(cameras, shifted, pixels, shift):
    """Median reprojection error with one camera's labels `shift` instants later."""
    clock = pixels[cameras[0].name]
    instants = [i for i in clock if i + shift in pixels[shifted.name]]
    if len(instants) < _MIN_FRAMES:
        return None
    pair = [cameras[0], shifted]
    seen = np.array(
        [
            [clock[i] for i in instants],
            [pixels[shifted.name][i + shift] for i in instants],
        ]
    ).reshape(2, len(instants), NUM_JOINTS, 2)
    error = reprojection_error(pair, triangulate(pair, seen), seen)
    return float(np.nanmedian(error)) if np.isfinite(error).any() else None
