"""Projection of many points at once, with its derivatives."""

from typing import Any

import cv2
import numpy as np

from hand_geo_keras.geometry.cameras import Camera

LENS_SIZE = 9


def lens_of(camera: Camera) -> np.ndarray:
    """`[9]` lens `fx, fy, cx, cy, k1, k2, p1, p2, k3` of a `Camera`."""
    K = camera.K
    return np.array([K[0, 0], K[1, 1], K[0, 2], K[1, 2], *camera.distortion])


def project(points: np.ndarray, lens: np.ndarray) -> tuple[Any, ...]:
    """Projects points to pixels, each by its own lens.

    Args:
        points: `[N, 3]` points in their camera's frame.
        lens: `[N, 9]` lens of each, see `lens_of`.

    Returns:
        `(pixels [N, 2], by_point [N, 2, 3], by_lens [N, 2, 9])`: the derivatives of the
        pixels by the points and by the lens.
    """
    depth = points[:, 2]
    x, y = points[:, 0] / depth, points[:, 1] / depth
    fx, fy, cx, cy, k1, k2, p1, p2, k3 = lens.T
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    slope = k1 + r2 * (2 * k2 + r2 * 3 * k3)  # of `radial` by r2
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    pixels = np.stack([fx * u + cx, fy * v + cy], -1)
    cross = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    u_x = radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
    v_y = radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x
    by_ideal = np.stack([fx * u_x, fx * cross, fy * cross, fy * v_y], -1)
    zero, one = np.zeros_like(x), np.ones_like(x)
    ideal_by_point = np.stack([one, zero, -x, zero, one, -y], -1) / depth[:, None]
    by_point = by_ideal.reshape(-1, 2, 2) @ ideal_by_point.reshape(-1, 2, 3)
    by_lens = np.empty((len(x), 2, LENS_SIZE))
    powers = r2[:, None] ** [1, 2, 3]
    by_lens[:, 0] = np.stack([u, zero, one, zero, *[zero] * 5], -1)
    by_lens[:, 1] = np.stack([zero, v, zero, one, *[zero] * 5], -1)
    by_lens[:, 0, [4, 5, 8]] = (fx * x)[:, None] * powers
    by_lens[:, 1, [4, 5, 8]] = (fy * y)[:, None] * powers
    by_lens[:, 0, 6:8] = fx[:, None] * np.stack([2 * x * y, r2 + 2 * x * x], -1)
    by_lens[:, 1, 6:8] = fy[:, None] * np.stack([r2 + 2 * y * y, 2 * x * y], -1)
    return pixels, by_point, by_lens


def rotations(vectors: np.ndarray) -> tuple[Any, ...]:
    """Rotations of rotation vectors, with their derivatives.

    Args:
        vectors: `[N, 3]` rotation vectors in radians.

    Returns:
        `(R [N, 3, 3], by_vector [N, 3, 3, 3])`: `by_vector[n, i, j, k]` is the
        derivative of `R[n, i, j]` by `vectors[n, k]`.
    """
    R, by_vector = np.empty((len(vectors), 3, 3)), np.empty((len(vectors), 3, 3, 3))
    for index, vector in enumerate(vectors):
        R[index], jacobian = cv2.Rodrigues(vector)
        by_vector[index] = jacobian.reshape(3, 3, 3).transpose(1, 2, 0)
    return R, by_vector
