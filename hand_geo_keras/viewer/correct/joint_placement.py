"""A joint that is placed by hand in some views, and what follows in the others."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import least_squares

from hand_geo_keras.geometry import Camera, triangulate
from hand_geo_keras.geometry.lenses import still_grows

# Views in which nobody placed the joint hold it this much less than the others: enough
# to keep it where it was along the ray of a single placed view.
_UNPLACED = 0.02
_POINTS, _REACH = 48, 4.0  # of an epipolar line, and how far it goes in depth


def placed_joint(
    cameras: Sequence[Camera],
    point: np.ndarray,
    placed: Mapping[int, Sequence[float] | np.ndarray],
) -> np.ndarray:
    """Where a joint is that was placed in some views.

    Placed in one view, it moves across the line of sight and keeps its place along
    it; placed in several, it is triangulated from these alone.

    Args:
        cameras: V `Camera` objects.
        point: `[3]` mm, where the joint was before.
        placed: dict from number of a view to `(x, y)` in its pixels.

    Returns:
        `[3]` float64 mm, world frame.

    Example:
        ```python
        point = placed_joint(rig.cameras, hand.joints[8], {0: (312.0, 208.5)})
        ```
    """
    point = np.asarray(point, np.float64)
    views = sorted(placed)
    chosen = [cameras[view] for view in views]
    pixels = np.array([placed[view] for view in views], np.float64).reshape(-1, 2)
    if len(views) >= 2:
        start = triangulate(chosen, pixels)
    elif views:
        depth = chosen[0].to_camera(point)[2]
        start = chosen[0].unproject(pixels[0], depth)
    else:
        return point
    others = [camera for view, camera in enumerate(cameras) if view not in placed]
    if len(views) >= 2:
        others = []
    was = [camera.project(point) for camera in others]

    def residuals(candidate):
        off = [c.project(candidate) - p for c, p in zip(chosen, pixels)]
        held = [_UNPLACED * (c.project(candidate) - p) for c, p in zip(others, was)]
        return np.concatenate([*off, *held])

    if len(residuals(start)) < 3:  # one camera alone
        return start
    return least_squares(residuals, start, x_scale=10.0, method="lm").x


def epipolar_line(
    camera: Camera, pixel: Sequence[float] | np.ndarray, other: Camera, depth: float
) -> np.ndarray:
    """Where a pixel of one camera may be in another's image.

    Args:
        camera: `Camera` of the pixel.
        pixel: `(x, y)` in its image.
        other: `Camera` in which the line is wanted.
        depth: Distance in mm from the first camera around which it runs.

    Returns:
        `[N, 2]` points of the (lens-distorted) line in the other's pixels, from near
        to far; empty where none is in front of it and near its image.
    """
    depths = depth * np.geomspace(1 / _REACH, _REACH, _POINTS)
    points = camera.unproject(
        np.tile(np.asarray(pixel, np.float64), (_POINTS, 1)), depths
    )
    return other.project(points[_in_view(other, points)])


def _in_view(camera, points):
    """Which points `[N, 3]` are in front of a camera and in or near its image.

    Polynomials of lens distortion bring points from far outside back into the image:
    only those count that lie where the polynomial still grows.
    """
    rays = camera.to_camera(points)
    is_ahead = rays[:, 2] > 1.0
    rays[:, 2] = np.maximum(rays[:, 2], 1.0)
    size = np.array(camera.resolution, np.float64)
    pixels = camera.pixels_of(rays)
    near = ((pixels > -size) & (pixels < 2 * size)).all(1)
    return is_ahead & near & still_grows(rays, camera.distortion, camera.lens)
