"""Points seen by several calibrated cameras, from pixels or from rays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera

# Condition of the normal equations of two rays a tenth of a degree apart.
_PARALLEL = 1e6


def triangulate(
    cameras: Sequence[Camera], pixels: np.ndarray, weights: Any = None
) -> np.ndarray:
    """Triangulates points from two or more views by the direct linear transform.

    Args:
        cameras: Sequence of V `Camera` objects.
        pixels: `[V, A1, ..., An, 2]` observed (distorted) pixels; NaN where a
            camera does not see a point.
        weights: Optional `[V, A1, ..., An]` confidences that scale each view's
            equations; a view of weight 0 (or NaN) counts as one that does not see.

    Returns:
        `[A1, ..., An, 3]` world points in mm; NaN where fewer than two cameras
        see the point.

    Raises:
        ValueError: If the number of cameras and of pixel sets differ or is below 2.

    Example:
        >>> from hand_geo_keras.geometry.cameras import Camera
        >>> K = np.array([[500.0, 0, 160], [0, 500, 120], [0, 0, 1]])
        >>> left = Camera("left", K, np.zeros(5), np.eye(3), np.zeros(3), (320, 240))
        >>> right = Camera(
        ...     "right", K, np.zeros(5), np.eye(3), np.array([-60.0, 0, 0]), (320, 240)
        ... )
        >>> point = np.array([10.0, 20.0, 600.0])
        >>> pixels = np.stack([left.project(point), right.project(point)])
        >>> np.allclose(triangulate([left, right], pixels), point)
        True
    """
    pixels = np.asarray(pixels, np.float64)
    if len(cameras) != len(pixels) or len(cameras) < 2:
        raise ValueError(
            "Triangulation needs one pixel set for each of at least two cameras. "
            f"Received: {len(cameras)} cameras, pixels of shape {pixels.shape}"
        )
    seen = np.isfinite(pixels).all(-1)
    if weights is not None:
        seen = seen & (np.asarray(weights) > 0)
    weights = seen if weights is None else np.where(seen, weights, 0.0)
    rays = np.stack(
        [_normalised(camera, view) for camera, view in zip(cameras, pixels)]
    )
    equations = [
        np.stack(
            [
                ray[..., axis, None] * _extrinsics(camera)[2]
                - _extrinsics(camera)[axis]
                for axis in (0, 1)
            ],
            axis=-2,
        )
        * weight[..., None, None]
        for camera, ray, weight in zip(cameras, rays, weights)
    ]
    system = np.concatenate(equations, axis=-2)  # [A1, ..., An, 2V, 4]
    # Lengths are hundreds of mm while rotations are of order one: balance columns.
    scale = np.array([1.0, 1.0, 1.0, 1000.0])
    solution = np.linalg.svd(system / scale)[2][..., -1, :] / scale
    points = solution[..., :3] / solution[..., 3:]
    return np.where((seen.sum(0) >= 2)[..., None], points, np.nan)


def nearest_to_rays(
    origins: np.ndarray, directions: np.ndarray, weights: Any = None
) -> np.ndarray:
    """The points that lie nearest to sets of rays, in the sense of least squares.

    Where all cameras look at one hand, this locates the hand from calibration alone:
    no joint has to be known.

    Args:
        origins: `[A1, ..., An, V, 3]` points on V rays in mm, for example camera
            centres.
        directions: `[A1, ..., An, V, 3]` unit vectors along the rays.
        weights: Optional `[A1, ..., An, V]` non-negative weights of the rays.

    Returns:
        `[A1, ..., An, 3]` points in mm; NaN where fewer than two rays are finite and
        have a positive weight, or all are parallel.

    Example:
        >>> origins = np.array([[0.0, 0, 0], [100.0, 0, 0]])
        >>> directions = np.array([[0.0, 0, 1], [-0.6, 0, 0.8]])
        >>> point = nearest_to_rays(origins, directions)
        >>> np.allclose(point, [0, 0, 400 / 3])
        True
    """
    origins = np.asarray(origins, np.float64)
    directions = np.asarray(directions, np.float64)
    known = np.isfinite(origins).all(-1) & np.isfinite(directions).all(-1)
    weights = known if weights is None else np.where(known, weights, 0.0)
    origins, directions = (
        np.where(known[..., None], part, 0.0) for part in (origins, directions)
    )
    across = np.eye(3) - directions[..., :, None] * directions[..., None, :]
    across = across * np.asarray(weights, np.float64)[..., None, None]
    system = across.sum(-3)
    wanted = (across @ origins[..., None]).sum(-3)
    lonely = np.linalg.cond(system) > _PARALLEL
    points = np.linalg.solve(
        np.where(lonely[..., None, None], np.eye(3), system), wanted
    )
    return np.where(lonely[..., None], np.nan, points[..., 0])


def reprojection_error(
    cameras: Sequence[Camera], points: np.ndarray, pixels: np.ndarray
) -> np.ndarray:
    """Distance in pixels between projected points and what the cameras saw.

    Args:
        cameras: Sequence of V `Camera` objects.
        points: `[A1, ..., An, 3]` world points in mm.
        pixels: `[V, A1, ..., An, 2]` observed pixels; NaN where not seen.

    Returns:
        `[V, A1, ..., An]` distances in pixels; NaN where not seen.
    """
    projected = np.stack([camera.project(points) for camera in cameras])
    return np.linalg.norm(projected - np.asarray(pixels, np.float64), axis=-1)


def _extrinsics(camera):
    return np.concatenate([camera.R, camera.t[:, None]], axis=1)


def _normalised(camera, pixels):
    """Undistorted normalised image points; unseen points become zeros."""
    ideal = camera.undistort(np.nan_to_num(pixels))
    homogeneous = np.concatenate([ideal, np.ones_like(ideal[..., :1])], -1)
    return (homogeneous @ np.linalg.inv(camera.K).T)[..., :2]
