"""Lens models of OpenCV: the pinhole with distortion, and the fisheye."""

from typing import Any

import cv2
import numpy as np

PINHOLE, FISHEYE = "pinhole", "fisheye"
# Distortion coefficients of each: k1, k2, p1, p2, k3 and k1, k2, k3, k4.
COEFFICIENTS = {PINHOLE: 5, FISHEYE: 4}
_ITERATIONS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-12)
_NOTHING = np.zeros(3)


def lens_points(rays: np.ndarray, distortion: np.ndarray, lens: str) -> np.ndarray:
    """Where a lens images directions, at a focal length of 1.

    Args:
        rays: `[A1, ..., An, 3]` directions in the camera frame, of any length; a
            pinhole sees those with z > 0, a fisheye all.
        distortion: `[5]` of a pinhole, `[4]` of a fisheye.
        lens: `"pinhole"` or `"fisheye"`.

    Returns:
        `[A1, ..., An, 2]` points; `K` takes them to pixels.

    Reference:
        OpenCV, `cv2.projectPoints` and `cv2.fisheye.projectPoints`.
    """
    if lens == PINHOLE:
        return distort(rays[..., :2] / rays[..., 2:], distortion)
    radius = np.linalg.norm(rays[..., :2], axis=-1)
    angle = np.arctan2(radius, rays[..., 2])
    bent = angle * _polynomial(angle, distortion, derivative=False)
    # On the axis the direction in the image is undefined, and the point is 0.
    factor = np.divide(bent, radius, out=np.zeros_like(bent), where=radius > 0)
    return rays[..., :2] * factor[..., None]


def distort(ideal: np.ndarray, distortion: np.ndarray) -> np.ndarray:
    """Applies a pinhole's distortion to normalised image points `[A1, ..., An, 2]`.

    Args:
        ideal: `[A1, ..., An, 2]` points `(x / z, y / z)` in the camera frame.
        distortion: `[5]` coefficients `[k1, k2, p1, p2, k3]` in OpenCV's order.

    Returns:
        `[A1, ..., An, 2]` distorted normalised points.
    """
    if not np.any(distortion):
        return ideal
    k1, k2, p1, p2, k3 = distortion
    x, y = ideal[..., 0], ideal[..., 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ],
        axis=-1,
    )


def undistorted(
    pixels: np.ndarray, K: np.ndarray, distortion: np.ndarray, lens: str
) -> np.ndarray:
    """The pixels that the same camera would have seen through a perfect pinhole.

    Args:
        pixels: `[N, 2]` float64.
        K: `[3, 3]` intrinsic matrix.
        distortion, lens: See `lens_points`.

    Returns:
        `[N, 2]` float64. What a fisheye sees at 90 degrees or more off its axis has no
        such pixel and comes out far outside of any image.
    """
    points = pixels.reshape(-1, 1, 2)
    if not len(points):
        return pixels
    if lens == PINHOLE:
        ideal = cv2.undistortPoints(points, K, distortion, P=K, criteria=_ITERATIONS)
    else:
        ideal = cv2.fisheye.undistortPoints(
            points, K, distortion, P=K, criteria=_ITERATIONS
        )
    return ideal.reshape(-1, 2)


def lens_points_by_place(
    points: np.ndarray, distortion: np.ndarray, lens: str
) -> tuple[np.ndarray, np.ndarray]:
    """`lens_points` of points in front of the camera, with their derivatives.

    Args:
        points: `[N, 3]` in the camera frame, z > 0.
        distortion, lens: See `lens_points`.

    Returns:
        `[N, 2]` and `[N, 2, 3]`, the derivative by the point.
    """
    if lens == PINHOLE:
        ideal, by = cv2.projectPoints(points, _NOTHING, _NOTHING, np.eye(3), distortion)
        by_place = by[:, 3:6]
    else:
        ideal, by = cv2.fisheye.projectPoints(
            points[:, None], _NOTHING, _NOTHING, np.eye(3), distortion
        )
        # Columns: focal lengths, principal point, 4 coefficients, rotation, place.
        by_place = by[:, 11:14]
    return ideal.reshape(-1, 2), by_place.reshape(-1, 2, 3)


def still_grows(rays: np.ndarray, distortion: np.ndarray, lens: str) -> np.ndarray:
    """Whether the lens images directions further out the further out they are.

    Polynomials of distortion bring what is far outside back into the image.

    Args:
        rays: `[N, 3]` directions with z > 0.
        distortion, lens: See `lens_points`.

    Returns:
        `[N]` bool.
    """
    radius = np.linalg.norm(rays[:, :2], axis=1)
    out = np.arctan2(radius, rays[:, 2]) if lens == FISHEYE else radius / rays[:, 2]
    way = out[:, None] * np.linspace(0, 1, 16)
    k = distortion if lens == FISHEYE else np.asarray(distortion)[[0, 1, 4]]
    grows = _polynomial(way, k, derivative=True) > 0
    return np.asarray(grows.all(1))


def _polynomial(out: np.ndarray, k: Any, derivative: bool) -> np.ndarray:
    """`1 + k1 r^2 + k2 r^4 + ...`, or the derivative of r times that."""
    powers = 2 * np.arange(len(k)) + 2
    factors = np.asarray(k) * (powers + 1 if derivative else 1)
    return 1 + (factors * out[..., None] ** powers).sum(-1)
