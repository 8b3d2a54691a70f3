"""Why 2D labels do not fit the cameras: what would make them fit."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import optimize

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.triangulation import reprojection_error, triangulate
from hand_geo_keras.recordings.camera_variants import camera_variants
from hand_geo_keras.recordings.hand_shape import (
    PALM_MM,
    bone_length_error,
    handedness,
    median_palm,
)

_MAX_INSTANTS, _MAX_CONSECUTIVE = 60, 200
_SCALES = (2.0, 1.5, 3.0, 4.0, 0.5, 2 / 3, 1 / 3, 0.25)
_MAX_SHIFT = 5
_GOOD, _MIN_GAIN, _MIN_NEARER, _SAME = 0.8, 0.15, 0.05, 0.02
_MAX_POINTS = 200


def diagnose_labels(
    cameras: Sequence[Camera],
    pixels: np.ndarray,
    max_error_px: float = 10.0,
    side: str = "right",
) -> Any:
    """Tries what is often wrong, and says which of it makes the labels fit.

    Args:
        cameras: V `Camera` objects.
        pixels: `[V, I, 21, 2]` pixels of consecutive instants, NaN where not labelled.
        max_error_px: Reprojection error up to which a joint fits.
        side: `"right"` or `"left"`: the side that the hands are said to have.

    Returns:
        One sentence with the remedy, or None if nothing was found to be better.
    """
    few = np.linspace(0, pixels.shape[1] - 1, min(_MAX_INSTANTS, pixels.shape[1]))
    some = pixels[:, few.astype(int)]
    given = fitness(cameras, some, max_error_px, side)
    tried = [*_candidates(cameras, pixels, some), _cropped(cameras, some)]
    scores = {}
    for remedy, mended, seen in tried:
        fit = fitness(mended, seen, max_error_px, side)
        # Views that agree as they are are not to blame for the shape of the hand.
        nearer = fit.closeness > given.closeness + _MIN_NEARER
        if fit.fraction >= _GOOD and nearer and fit.score > given.score + _MIN_GAIN:
            scores[remedy] = fit.score
    best = max(scores.values(), default=0.0)
    return (
        " Or: ".join(r for r, score in scores.items() if score > best - _SAME) or None
    )


def _cropped(cameras, pixels):
    """A constant shift per camera that makes the labels fit, as a crop does."""
    shifts = best_shifts(cameras, pixels)
    listed = ", ".join(
        f"{camera.name} by ({dx:.0f}, {dy:.0f}) px"
        for camera, (dx, dy) in zip(cameras, shifts)
    )
    remedy = (
        f"They fit if moved, for example {listed}, so they were made on cropped "
        "images: add the left and the top of each camera's crop to its labels; or cx "
        "and cy of the calibration belong to another crop."
    )
    return remedy, cameras, pixels + shifts[:, None, None]


def best_shifts(cameras: Sequence[Camera], pixels: np.ndarray) -> Any:
    """Shift of each camera's pixels `[V, 2]` under which the views agree best.

    It is not unique: shifts of all views that move the points in space agree as well.
    """
    seen = np.isfinite(pixels).all(-1)
    twice = seen.sum(0) >= 2
    chosen = pixels[:, twice][:, :_MAX_POINTS]

    def residuals(shifts):
        moved = chosen + shifts.reshape(-1, 1, 2)
        with np.errstate(all="ignore"):
            errors = reprojection_error(cameras, triangulate(cameras, moved), moved)
        # A weak pull to no shift chooses among the equally good ones.
        return np.r_[np.nan_to_num(errors, nan=0.0).ravel(), 1e-3 * shifts]

    start = np.zeros(2 * len(cameras))
    return optimize.least_squares(residuals, start, max_nfev=60).x.reshape(-1, 2)


def _candidates(cameras, pixels, some):
    """`(remedy, cameras, pixels)` of each mistake; the likeliest come first."""
    for remedy, mended in camera_variants(cameras):
        yield f"They fit if {remedy}.", mended, some
    width, height = cameras[0].resolution
    for scale in _SCALES:
        size = f"{round(width / scale)}x{round(height / scale)}"
        remedy = (
            f"They fit if scaled by {scale:.3g}, so they were made on images of {size} "
            f"pixels; pass label_size (--label_size={size})."
        )
        yield remedy, cameras, some * scale
    if len(cameras) == 2:
        first, second = (camera.name for camera in cameras)
        yield (
            f"They fit if swapped: the labels of {first!r} are those of {second!r}.",
            cameras,
            some[::-1],
        )
    yield from _shifted(cameras, pixels[:, :_MAX_CONSECUTIVE])


def _shifted(cameras, pixels):
    for shift in (s for n in range(1, _MAX_SHIFT + 1) for s in (n, -n)):
        moved = pixels.copy()
        moved[1:] = np.roll(pixels[1:], shift, axis=1)
        edge = slice(None, shift) if shift > 0 else slice(shift, None)
        moved[1:, edge] = np.nan
        remedy = (
            f"They fit if all cameras but {cameras[0].name!r} are shifted by {shift} "
            "labelled frames; set 'frame_offset' in the calibration."
        )
        yield remedy, cameras, moved


@dataclasses.dataclass(frozen=True)
class Fitness:
    """How well 2D labels fit cameras.

    Args:
        fraction: Fraction of the joints seen twice that fit.
        closeness: The same, less the more they miss; 1 is perfect.
        score: Closeness, less for what is no hand of plausible size, bones and side.
    """

    fraction: float
    closeness: float
    score: float


def fitness(
    cameras: Sequence[Camera], pixels: np.ndarray, max_error_px: float, side: str
) -> Fitness:
    """How well 2D labels fit cameras, see `diagnose_labels`.

    Returns:
        `Fitness`.
    """
    seen = np.isfinite(pixels).all(-1)
    twice = seen.sum(0) >= 2
    if not twice.any():
        return Fitness(0.0, 0.0, 0.0)
    with np.errstate(all="ignore"):
        points = triangulate(cameras, pixels)
        errors = np.fmax.reduce(reprojection_error(cameras, points, pixels), axis=0)
    fits = twice & (errors <= max_error_px) & in_front(cameras, points, seen)
    joints = np.where(fits[..., None], points, np.nan)
    near = np.exp(-np.where(fits, errors, np.inf) / max_error_px)
    closeness = float(near.sum() / twice.sum())
    score = closeness * _plausibility(joints, side)
    return Fitness(float(fits.sum() / twice.sum()), closeness, score)


def _plausibility(joints, side):
    palm, shape = median_palm(joints), handedness(joints).side
    factor = 1.0
    if np.isfinite(palm) and not PALM_MM[0] * 0.8 <= palm <= PALM_MM[1] * 1.25:
        factor *= 0.6
    if shape is not None and shape != side:
        factor *= 0.6
    error = bone_length_error(joints)
    if np.isfinite(error):
        factor *= float(np.exp(-max(0.0, error - 0.2)))
    return factor


def in_front(
    cameras: Sequence[Camera], points: np.ndarray, seen: np.ndarray
) -> np.ndarray:
    """Whether points lie in front of every camera that sees them.

    Args:
        cameras: V `Camera` objects.
        points: `[A1, ..., An, 3]` points in mm, world frame.
        seen: `[V, A1, ..., An]` bool.

    Returns:
        `[A1, ..., An]` bool.
    """
    depths = np.stack([camera.to_camera(points)[..., 2] for camera in cameras])
    return ((np.nan_to_num(depths) > 0) | ~seen).all(0)
