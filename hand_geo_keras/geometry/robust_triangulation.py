"""Triangulation from any number of views of which some are wrong."""

import itertools
from collections.abc import Sequence

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.triangulation import reprojection_error, triangulate

_MOST_PAIRS = 64


def triangulate_robustly(
    cameras: Sequence[Camera],
    pixels: np.ndarray,
    limit_px: float | np.ndarray,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Triangulates points; views that contradict the others are left out.

    RANSAC over all pairs of views (spread evenly over the pairs where there are very
    many): the pair is taken whose point has the least truncated squared error in all
    views, then all views within the limit are triangulated together. With two views
    there is no choice: both are taken, and the caller looks at the error.

    Args:
        cameras: V `Camera` objects.
        pixels: `[V, A1, ..., An, 2]` observed (distorted) pixels; NaN where not seen.
        limit_px: Reprojection error in pixels above which a view is an outlier, a
            number or `[V, A1, ..., An]`.
        weights: Optional `[V, A1, ..., An]` weights of the views, see `triangulate`.

    Returns:
        `(points, inliers)`: `[A1, ..., An, 3]` in mm, NaN where fewer than two views
        see a point, and `[V, A1, ..., An]` bool, which views were used.

    Raises:
        ValueError: See `triangulate`.

    Example:
        ```python
        points, used = triangulate_robustly(cameras, pixels, limit_px=10)
        ```
    """
    pixels = np.asarray(pixels, np.float64)
    if weights is not None:
        pixels = np.where(np.asarray(weights)[..., None] > 0, pixels, np.nan)
    inliers = np.isfinite(pixels).all(-1)
    points = triangulate(cameras, pixels, weights)
    if len(cameras) == 2:
        return points, inliers & (inliers.sum(0) == 2)
    limit = np.broadcast_to(limit_px, inliers.shape)
    # Most points need no search: all views agree.
    doubtful = _outside(cameras, points, pixels, limit).any(0) & (inliers.sum(0) > 2)
    some = pixels[:, doubtful]
    if not some.size:
        return points, inliers & (inliers.sum(0) >= 2)
    chosen = _consensus(cameras, some, limit[:, doubtful])
    inliers[:, doubtful] = chosen
    few = None if weights is None else np.asarray(weights)[:, doubtful]
    points[doubtful] = triangulate(
        cameras, np.where(chosen[..., None], some, np.nan), few
    )
    return points, inliers & (inliers.sum(0) >= 2)


def _outside(cameras, points, pixels, limit):
    with np.errstate(invalid="ignore"):
        return reprojection_error(cameras, points, pixels) > limit


def _consensus(cameras, pixels, limit):
    """`[V, N]` bool: the views that agree with the best pair of views."""
    seen = np.isfinite(pixels).all(-1)
    least = np.full(pixels.shape[1], np.inf)
    best = np.zeros(seen.shape, bool)
    for pair in map(list, _pairs(len(cameras))):
        points = triangulate([cameras[view] for view in pair], pixels[pair])
        errors = reprojection_error(cameras, points, pixels)
        behind = np.stack([camera.to_camera(points)[:, 2] <= 0 for camera in cameras])
        with np.errstate(invalid="ignore"):
            agree = (errors <= limit) & ~behind
            truncated = np.where(seen, np.where(agree, (errors / limit) ** 2, 1.0), 0)
        cost = truncated.sum(0)
        # A pair agrees with itself; a point that nobody else confirms is no better
        # than any other, and the pair that fits best is kept.
        cost[~np.isfinite(points).all(-1)] = np.inf
        better = cost < least
        least[better] = cost[better]
        best[:, better] = agree[:, better]
    lost = best.sum(0) < 2
    best[:, lost] = seen[:, lost]
    return best


def _pairs(count):
    pairs = list(itertools.combinations(range(count), 2))
    places = np.linspace(0, len(pairs) - 1, min(len(pairs), _MOST_PAIRS))
    return [pairs[place] for place in np.unique(places.round().astype(int))]
