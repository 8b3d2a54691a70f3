"""By how many frames the videos of a board started apart, told from its motion."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.calibration.board_pose import mean_pose
from hand_geo_keras.calibration.camera_tree import spanning_tree
from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera

# Common frames that a shift needs, and the part of what the best shift has.
_MIN_COMMON, _MIN_COMMON_PART = 4, 0.25
_COARSE, _FINE = 80, 500
_MAX_ERROR_PX = 100.0
# The views fit if errors are below this, in pixels and relative to the board's motion.
_FITS_PX, _FITS_PART, _FITS_AT_REST_PX = 8.0, 0.2, 1.0
# Two frames away from the best shift, errors must be larger by this factor.
_CLEARLY_WORSE = 1.1
# A board that stays within so many pixels tells no motion.
_MIN_MOTION_PX = 12.0


@dataclasses.dataclass(frozen=True)
class PairOffset:
    """How the videos of two cameras fit in time.

    Args:
        shift: Frame of the second camera minus frame of the first, of one instant; None
            if no shift makes the views fit.
        remainder: What is left of the shift, -0.5 to 0.5 frames.
        common: Number of frames in which both see the board at that shift.
        error_px: How well they fit, in pixels.
        moves: Whether the board's motion tells the shift from its neighbours.
    """

    shift: int | None
    remainder: float = 0.0
    common: int = 0
    error_px: float = np.inf
    moves: bool = False


class _Sight:
    """Board poses of one camera as arrays, by frame."""

    def __init__(self, camera: Any, poses: Any, speed: Any, outline: Any) -> None:
        self.frames = np.array(sorted(poses), int)
        kept = [poses[frame] for frame in self.frames]
        self.R = np.array([pose.R for pose in kept]).reshape(-1, 3, 3)
        self.t = np.array([pose.t for pose in kept]).reshape(-1, 3)
        self.speed = np.array([speed[frame] for frame in self.frames])
        self._camera, self._outline = camera, outline
        self.pixels = self.project(self.R, self.t)

    def project(self, R, t):
        """`[N, 4, 2]` pixels of the board's outline, without lens distortion."""
        points = np.einsum("nij,kj->nki", R, self._outline) + t[:, None]
        depth = np.maximum(points[..., 2:], 1.0)
        K = self._camera.K
        return points[..., :2] / depth * K[[0, 1], [0, 1]] + K[:2, 2]


def pair_offset(
    camera_a: Camera,
    camera_b: Camera,
    poses_a: dict[Any, Any],
    poses_b: Any,
    speeds: Any,
    outline: Any,
    max_shift: Any,
) -> PairOffset:
    """Finds the shift in time at which two cameras see the same motion of a board.

    For every shift, the pose of one camera in the other's frame is averaged over all
    common frames; at the right shift it maps the board onto where it is seen.

    Args:
        camera_a: `Camera` of the first.
        camera_b: `Camera` of the second.
        poses_a: dict from frame to `BoardPose`.
        poses_b: The same of the second camera.
        speeds: Two dicts from frame to the board's motion in pixels a frame.
        outline: `[4, 3]` corners of the board in mm.
        max_shift: Largest shift to try, in frames; 0 tries none.

    Returns:
        `PairOffset`.
    """
    a = _Sight(camera_a, poses_a, speeds[0], outline)
    b = _Sight(camera_b, poses_b, speeds[1], outline)
    shifts = _possible_shifts(a, b, max_shift)
    if not shifts:
        return PairOffset(None)
    coarse = {shift: _misfit(a, b, shift, _COARSE)[0] for shift in shifts}
    best = min(coarse, key=coarse.get)  # type: ignore[arg-type]
    # The coarse search uses few frames: look at its neighbours with all.
    near = [shift for shift in range(best - 3, best + 4) if shift in coarse]
    fine = {shift: _misfit(a, b, shift, _FINE) for shift in near}
    best = min(fine, key=lambda shift: fine[shift][0])
    error, motion, common = fine[best]
    if error > min(_FITS_PX, max(_FITS_AT_REST_PX, _FITS_PART * motion)):
        return PairOffset(None, common=common, error_px=error)
    errors = {shift: value[0] for shift, value in fine.items()}
    around = [value for shift, value in errors.items() if abs(shift - best) >= 2]
    distinct = min(around, default=np.inf) > _CLEARLY_WORSE * error
    moves = motion > _MIN_MOTION_PX and distinct
    return PairOffset(best, _remainder(errors, best), common, error, moves)


def _possible_shifts(a, b, max_shift):
    if not len(a.frames) or not len(b.frames):
        return []
    counts = {}
    for shift in range(-max_shift, max_shift + 1):
        common = len(np.intersect1d(a.frames + shift, b.frames, assume_unique=True))
        if common >= _MIN_COMMON:
            counts[shift] = common
    needed = _MIN_COMMON_PART * max(counts.values(), default=0)
    return [shift for shift, common in counts.items() if common >= needed]


def _misfit(a, b, shift, limit):
    """`(error in px, motion in px, common frames)` of a shift."""
    _, of_a, of_b = np.intersect1d(
        a.frames + shift, b.frames, assume_unique=True, return_indices=True
    )
    common = len(of_a)
    some = np.unique(np.linspace(0, common - 1, min(limit, common)).astype(int))
    of_a, of_b = of_a[some], of_b[some]
    R = b.R[of_b] @ a.R[of_a].transpose(0, 2, 1)
    t = b.t[of_b] - np.einsum("nij,nj->ni", R, a.t[of_a])
    R, t = mean_pose(R, t)
    mapped = b.project(R @ a.R[of_a], a.t[of_a] @ R.T + t)
    seen = b.pixels[of_b]
    errors = np.linalg.norm(mapped - seen, axis=2).mean(1)
    # A board at rest fits at any shift.
    weights = np.minimum(a.speed[of_a], b.speed[of_b]) + 1e-3
    error = np.average(np.minimum(errors, _MAX_ERROR_PX), weights=weights)
    motion = np.sqrt(seen.var(axis=0).sum(-1).mean())
    return float(error), float(motion), common


def _remainder(errors, best):
    """Where the V of the errors has its tip, relative to the best shift."""
    if best - 1 not in errors or best + 1 not in errors:
        return 0.0
    before, after = errors[best - 1], errors[best + 1]
    slope = max(before, after) - errors[best]
    return float(np.clip((before - after) / (2 * slope), -0.5, 0.5)) if slope else 0.0


def frame_offsets(names: Sequence[str], pairs: dict[Any, Any]) -> dict[str, Any]:
    """Frame offsets of all cameras from those of pairs.

    Args:
        names: Names of the cameras.
        pairs: dict from `(index, index)` to `PairOffset`.

    Returns:
        dict from name to offset, the smallest 0: instant `i` is the camera's frame
        `i + offset`.

    Raises:
        CalibrationError: If pairs that fit do not connect all cameras, or the board
            hardly moves.
    """
    fitting = {p: offset for p, offset in pairs.items() if offset.shift is not None}
    moving = {p: offset.common for p, offset in fitting.items() if offset.moves}
    tree, groups = spanning_tree(len(names), moving)
    if len(groups) > 1:
        _, seen_together = spanning_tree(
            len(names), {p: offset.common for p, offset in fitting.items()}
        )
        if len(seen_together) > 1:
            raise not_connected(names, seen_together)
        raise CalibrationError(
            f"The board hardly moves while {_listed(names, groups[0])} and "
            f"{_listed(names, groups[1])} see it together, so that nothing tells by "
            "how many frames their videos started apart; move it more, or say "
            "--synchronised if frames of one number are of one instant."
        )
    offsets = {0: 0}
    for known, new in tree:
        pair = (min(known, new), max(known, new))
        shift = fitting[pair].shift
        offsets[new] = offsets[known] + (shift if known < new else -shift)
    first = min(offsets.values())
    return {name: offsets[index] - first for index, name in enumerate(names)}


def check_synchronised(names: Sequence[str], pairs: dict[Any, Any]) -> None:
    """Refuses videos that are said to be synchronised and clearly are not.

    A shift of one frame is let pass: it may be half of one.

    Args:
        names: Names of the cameras.
        pairs: dict from `(index, index)` to `PairOffset`.

    Raises:
        CalibrationError: If the board's motion tells another offset.
    """
    for (a, b), pair in pairs.items():
        if pair.shift is not None and pair.moves and abs(pair.shift) > 1:
            raise CalibrationError(
                f"By the board's motion, the video of {names[b]} shows each instant "
                f"{abs(pair.shift)} frames {'later' if pair.shift > 0 else 'earlier'} "
                f"than that of {names[a]}; leave --synchronised out, or cut the videos "
                "to the same beginning."
            )


def all_pairs(count: int) -> list[tuple[int, int]]:
    """Pairs `(a, b)` of camera indices, `a < b`."""
    return list(itertools.combinations(range(count), 2))


def not_connected(names: Sequence[str], groups: Any) -> CalibrationError:
    """The `CalibrationError` for cameras that never see the board together."""
    return CalibrationError(
        f"No frames show the board to both {_listed(names, groups[0])} and "
        f"{_listed(names, groups[1])} at once, so that their places cannot be told "
        "from each other; film the board where both see it (for cameras that face each "
        "other, from the side), or move a camera."
    )


def _listed(names, group):
    return ", ".join(names[index] for index in group)
