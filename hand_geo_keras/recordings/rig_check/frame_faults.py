"""Checks of single frames: black or blank, repeated, and frozen ones."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from hand_geo_keras.recordings.rig_check.finding import Finding, runs_text
from hand_geo_keras.recordings.rig_check.frame_scan import CameraScan
from hand_geo_keras.recordings.rig_check.label_joints import sampled
from hand_geo_keras.recordings.rig_check.shift_path import runs

# Grey levels: nothing is brighter in a black frame; a blank one has no contrast.
_BLACK, _BLANK = 20, 5
# Grey levels by which a frame differs from the one before where a hand moves, also
# relative to a camera's noise; and where nothing does, but for what encoders change.
_MOVES, _MOVES_NOISE, _STANDS = 6.0, 2.0, 2.5
_STANDS_PART = 0.15  # of the frames around
_AROUND = 13
# Runs up to so many frames are repeated, longer ones frozen.
_MAX_REPEATED, _MIN_FROZEN = 4, 8
_OTHERS_MOVE = 0.3  # of a run's frames
# The part of the frames in which noise changes a pixel, and of that when frozen.
_NOISY, _NO_NOISE, _SAMPLES = 0.02, 0.1, 60
_AWAY = 25.0
_MANY = 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class FrameFaults:
    """Frames of one camera that show no new image.

    Args:
        dark: `[T]` bool, black or blank frames.
        repeated: `[T]` bool, copies of the frame before between moving ones.
        frozen: `[T]` bool, frames in long runs of copies while others move.
    """

    dark: np.ndarray
    repeated: np.ndarray
    frozen: np.ndarray


def frame_faults(scans: dict[str, CameraScan]) -> dict[str, FrameFaults]:
    """Finds the frames of every camera that show no new image.

    Args:
        scans: dict from camera name to `CameraScan`.

    Returns:
        dict from camera name to `FrameFaults`.
    """
    moves = {name: _moves(scan) for name, scan in scans.items()}
    found = {}
    for name, scan in scans.items():
        dark = scan.known & _dark(scan)
        others = [moves[other] for other in scans if other != name]
        others_move = np.any(others, axis=0) if others else np.zeros(len(dark), bool)
        repeated, frozen = _copies(scan, dark, moves[name], others_move)
        found[name] = FrameFaults(dark, repeated, frozen)
    return found


def without_faults(scan: CameraScan, faults: FrameFaults) -> CameraScan:
    """A scan in which faulty frames count as missing.

    Where a camera repeats every other frame, those stay: else nothing is left.
    """
    bad = faults.dark | faults.frozen
    if faults.repeated.mean() < _MANY:
        bad = bad | faults.repeated
    return dataclasses.replace(scan, known=scan.known & ~bad)


def check_frame_faults(faults: dict[str, FrameFaults]) -> Iterator[Finding]:
    """Findings on black, repeated and frozen frames, by camera."""
    clean = True
    for name, of_camera in faults.items():
        for finding in _findings(name, of_camera):
            clean = False
            yield finding
    if clean:
        count = max((len(f.dark) for f in faults.values()), default=0)
        message = f"none black, frozen or repeated among the first {count}"
        yield Finding("images", "ok", message)


def _findings(name, faults):
    count = len(faults.dark)
    if faults.dark.any():
        where = runs(faults.dark)
        yield Finding(
            "black frames",
            _level(faults.dark),
            f"{name} is black or blank in {runs_text(where)} "
            f"({faults.dark.sum()} of {count})",
            f"look at the cable, the lens cap and the exposure of {name} and record "
            "again, or cut these frames out of all videos alike.",
            name,
            tuple(where),
        )
    if faults.frozen.any():
        where = runs(faults.frozen)
        to_the_end = where[-1][1] == count - 1
        text = f"from frame {where[-1][0]} to the end" if to_the_end else ""
        if not text or len(where) > 1:
            text = runs_text(where)
        cut = (
            f"cut all videos at frame {where[-1][0]} (ffmpeg -i in.mp4 -frames:v "
            f"{where[-1][0]} out.mp4)"
            if to_the_end
            else "cut these frames out of all videos alike"
        )
        yield Finding(
            "frozen frames",
            _level(faults.frozen),
            f"{name} shows one image {'in ' if text.startswith('frames') else ''}{text}"
            " while others move",
            f"the camera or its cable failed: {cut}, or record again.",
            name,
            tuple(where),
        )
    if faults.repeated.any():
        where = runs(faults.repeated)
        yield Finding(
            "repeated frames",
            "warning",
            f"{name} repeats the frame before in {runs_text(where)} "
            f"({faults.repeated.sum()} of {count})",
            "the camera gave fewer frames than its video has: record again with more "
            "light, a lower resolution or rate, or a USB controller per camera; and "
            "look at 'synchronisation' for what follows.",
            name,
            tuple(where),
        )


def _level(mask):
    return "error" if mask[-1] or mask.mean() > _MANY else "warning"


def _dark(scan):
    dark, bright = scan.extremes.T
    return (bright < _BLACK) | (bright - dark < _BLANK)


def _moves(scan):
    """`[T]` bool: frames in which something clearly moves."""
    seen = scan.change[scan.change > _STANDS]
    noise = np.percentile(seen, 10) if len(seen) else 0.0
    return scan.change >= max(_MOVES, min(_MOVES_NOISE * noise, 2 * _MOVES))


def _copies(scan, dark, moves, others_move):
    """Masks `(repeated, frozen)`."""
    around = ndimage.percentile_filter(scan.change, 60, _AROUND, mode="nearest")
    stands = scan.known_step & ~dark
    stands &= scan.change <= np.maximum(_STANDS, _STANDS_PART * around)
    # An encoder's key frames change a little even if the image is the same.
    stands |= ndimage.binary_closing(stands, np.ones(3)) & scan.known_step & ~moves
    repeated, frozen = np.zeros(len(stands), bool), np.zeros(len(stands), bool)
    for first, last in runs(stands):
        run = slice(first, last + 1)
        before = first > 0 and moves[first - 1]
        after = last + 1 < len(moves) and moves[last + 1]
        if last - first < _MAX_REPEATED and before and after:
            repeated[run] = True
        elif last - first + 1 >= _MIN_FROZEN:
            follows = others_move[run].mean() >= _OTHERS_MOVE
            frozen[run] = follows and _is_frozen(scan, first, last, before)
    return repeated, frozen


def _is_frozen(scan, first, last, moved_before):
    """Whether an image without change is one that cannot be of a living camera."""
    alive = np.flatnonzero(scan.changed > 0)
    noise = _noise(scan, alive)
    if not len(alive):
        return True
    still = np.median(scan.changed[first : last + 1])
    if noise > _NOISY and still <= _NO_NOISE * noise:
        return True
    # Where noise does not tell: it stopped in full motion, with something in view.
    rest = np.median(scan.thumbs[sampled(alive, _SAMPLES)], axis=0)
    away = np.abs(scan.thumbs[last].astype(np.float32) - rest)
    return moved_before and bool(np.percentile(away, 99.5) > _AWAY)


def _noise(scan, alive):
    """In which part of the frames noise changes a pixel where nothing moves."""
    if not len(alive):
        return 0.0
    some = [scan.steps(frame, frame + 1)[0] > 0 for frame in sampled(alive, _SAMPLES)]
    return float(np.median(np.mean(some, axis=0)))
