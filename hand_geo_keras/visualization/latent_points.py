"""An image of latent 3D points, rendered in a millisecond."""

import cv2
import numpy as np
from matplotlib import colormaps

_SUBPIXEL_BITS = 4
_COLORS = colormaps["viridis_r"]


def render_latent(points: np.ndarray, extent: float, size: int = 128) -> np.ndarray:
    """Renders latent 3D points as their camera sees them, coloured by depth.

    Near points are light, far ones dark, as in `plot_latent`.

    Args:
        points: `[N, 3]` latent points; their unit is the network's own.
        extent: Distance from the origin that is still in the image.
        size: Side of the image in pixels.

    Returns:
        `[size, size, 3]` uint8 RGB image.
    """
    canvas = np.full((size, size, 3), 255, np.uint8)
    points = np.asarray(points)[np.argsort(-points[:, 2])]  # far points first
    pixels = (points[:, :2] / extent + 1) * (size - 1) / 2
    depth = np.clip(points[:, 2] / extent + 1, 0, 2) / 2
    shades = np.uint8(255 * _COLORS(depth)[:, :3])
    radius = max(1, round(size / 64)) << _SUBPIXEL_BITS
    for pixel, shade in zip(np.round(pixels * 2**_SUBPIXEL_BITS), shades):  # type: ignore[call-overload]
        center = tuple(map(int, pixel))
        color = tuple(map(int, shade))
        cv2.circle(canvas, center, radius, color, -1, cv2.LINE_AA, _SUBPIXEL_BITS)
    return canvas
