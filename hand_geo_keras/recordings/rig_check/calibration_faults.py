"""Checks of the calibration against where the cameras see motion."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.recordings.camera_variants import camera_variants
from hand_geo_keras.recordings.rig_check.camera_pairs import (
    camera_pairs,
    pair_agreement,
    thinned,
)
from hand_geo_keras.recordings.rig_check.epipolar_motion import epipolar_motion
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.frame_scan import CameraScan
from hand_geo_keras.recordings.rig_check.shift_path import (
    best_path,
    constant_parts,
    is_clear,
)

# Agreement of views: what a right calibration has at least, what it gains, and from
# where on none is looked for.
_AGREES, _GAINS, _NO_DOUBT = 0.5, 0.15, 0.8
# Of a moved camera: most planes that are tried, least part of the image's width; what
# a step in time, and all of it, must gain in frames of full agreement; least mean gain.
_REACH, _MOVED, _STEP, _LEAST, _MIN_GAIN = 16, 0.015, 4.0, 2.0, 0.03
_MAX_SWAPPED = 8


@dataclasses.dataclass(frozen=True)
class Mended:
    """Cameras under which the views agree.

    Args:
        cameras: tuple of `Camera`.
        finding: What was mended; None if the calibration was right.
    """

    cameras: tuple[Camera, ...]
    finding: Finding | None = None


def mended_cameras(cameras: Sequence[Camera], scans: dict[str, CameraScan]) -> Mended:
    """Looks for an exchange of two cameras' entries, or a mistake in the extrinsics.

    Args:
        cameras: Sequence of `Camera`.
        scans: dict from camera name to `CameraScan`.

    Returns:
        `Mended`, the cameras as they are if nothing makes the views agree clearly
        better.
    """
    few = {name: thinned(scan) for name, scan in scans.items()}
    pairs = camera_pairs(cameras)
    # Where no two cameras look at one place, any that do are better.
    given = _agreements(cameras, few, pairs) or dict.fromkeys(pairs, 0.0)
    if not given or min(given.values()) > _NO_DOUBT:
        return Mended(tuple(cameras))
    best, found = 0.0, Mended(tuple(cameras))
    for remedy, names, changed in _candidates(cameras, given):
        touched = [p for p in given if any(changed[i] is not cameras[i] for i in p)]
        after = _agreements(changed, few, touched)
        if len(after) < len(touched) or not touched:
            continue
        gain = np.mean([after[pair] - given[pair] for pair in touched])
        if min(after.values()) > _AGREES and gain > max(best, _GAINS):
            best = gain
            was = np.mean([given[pair] for pair in touched])
            finding = Finding(
                "calibration of images",
                "error",
                f"{names} do not see motion in the same places (agreement {was:.2f}, "
                f"{np.mean(list(after.values())):.2f} if mended)",
                f"{remedy}.",
            )
            found = Mended(tuple(changed), finding)
    return found


def _candidates(cameras, given):
    """`(remedy, who, cameras)` of each mistake that is tried."""
    doubtful = {i for pair, value in given.items() if value < _NO_DOUBT for i in pair}
    some = sorted(doubtful, key=lambda i: _mean_of(given, i))[:_MAX_SWAPPED]
    for a, b in itertools.combinations(sorted(some), 2):
        if cameras[a].resolution == cameras[b].resolution:
            first, second = cameras[a].name, cameras[b].name
            changed = list(cameras)
            changed[a] = dataclasses.replace(cameras[b], name=first)
            changed[b] = dataclasses.replace(cameras[a], name=second)
            yield (
                f"they do if the calibrations of {first} and {second} are exchanged; "
                "swap their 'video' in calibration.json",
                f"{first} and {second}",
                changed,
            )
    for remedy, changed in camera_variants(cameras):
        yield f"they do if {remedy}", "the cameras", changed


def _mean_of(given, index):
    return np.mean([value for pair, value in given.items() if index in pair])


def _agreements(cameras, scans, pairs):
    """dict from pair to agreement, for those that can be compared."""
    values = {
        (a, b): pair_agreement(
            (cameras[a], cameras[b]), (scans[cameras[a].name], scans[cameras[b].name])
        )
        for a, b in pairs
    }
    return {pair: value for pair, value in values.items() if np.isfinite(value)}


def check_moved_cameras(
    cameras: Sequence[Camera], scans: dict[str, CameraScan]
) -> Iterator[Finding]:
    """Findings on cameras that stand elsewhere than the calibration says.

    Args:
        cameras: Sequence of `Camera`.
        scans: dict from camera name to `CameraScan`, synchronised.

    Yields:
        `Finding`; an ok one if all compared views agree.
    """
    compared, off = [], {}
    for a, b in camera_pairs(cameras):
        pair = cameras[a], cameras[b]
        motion = epipolar_motion(pair, (scans[pair[0].name], scans[pair[1].name]))
        agreement = None if motion is None else motion.agreement(_REACH)
        if agreement is None or np.isfinite(agreement).any(1).sum() < 2 * _LEAST:
            continue
        compared.append((a, b))
        parts = _displaced(pair, motion, np.nan_to_num(agreement))
        if parts:
            off[a, b] = parts
    if not compared:
        return
    if not off:
        message = "the views see motion in the same places"
        yield Finding("calibration of images", "ok", message)
    yield from _moved(cameras, compared, off)


def _displaced(pair, motion, agreement):
    """`(first, last, part of the width, degrees)` of displaced runs of frames."""
    focal = pair[1].K[0, 0] / pair[1].resolution[0]
    least = _MOVED / (focal * motion.radians)  # in planes
    still = agreement[:, np.abs(np.arange(-_REACH, _REACH + 1)) < max(1, least)].max(1)
    found = []
    for first, last, index in constant_parts(best_path(agreement, _STEP)):
        run = slice(first, last + 1)
        planes = abs(_peak(agreement[run].mean(0), index) - _REACH)
        gain = agreement[run, index] - still[run]
        agrees = agreement[run, index].mean() > _AGREES and gain.mean() > _MIN_GAIN
        if planes >= least and agrees and is_clear(gain, _LEAST):
            angle = planes * motion.radians
            found.append((first, last, angle * focal, np.degrees(angle)))
    return found


def _peak(curve, index):
    """Where the parabola through a maximum and its neighbours has its top."""
    if not 0 < index < len(curve) - 1:
        return index
    before, at, after = curve[index - 1 : index + 2]
    bend = before - 2 * at + after
    return index + (0.5 * (before - after) / bend if bend < 0 else 0.0)


def _moved(cameras, compared, off):
    """Findings that blame the camera all of whose pairs are off, else both."""
    left = dict(off)
    for index, camera in enumerate(cameras):
        own = [pair for pair in compared if index in pair]
        others = [pair for pair in off if index not in pair]
        if len(own) > 1 and all(pair in off for pair in own) and not others:
            parts = [part for pair in own for part in off[pair]]
            yield _moved_finding(camera.name, camera.name, parts, "the others")
            left = {}
            break
    for (a, b), parts in left.items():
        first, second = cameras[a].name, cameras[b].name
        yield _moved_finding("", f"{first} or {second}", parts, "each other")


def _moved_finding(camera, who, parts, against):
    first, last = min(part[0] for part in parts), max(part[1] for part in parts)
    most, degrees = max(part[2] for part in parts), max(part[3] for part in parts)
    since = f"from frame {first} on, " if first else ""
    return Finding(
        "calibration of images",
        "error" if most > 2 * _MOVED else "warning",
        f"{since}{who} sees motion displaced by {most:.1%} of the image's width "
        f"({degrees:.1f}°) against {against}",
        "calibrate again: a camera was moved, turned or refocused since"
        + (f", or train on the frames before {first} only." if first else "."),
        camera,
        ((first, last),),
    )
