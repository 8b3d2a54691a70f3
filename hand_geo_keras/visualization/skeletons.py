"""Overlays hand skeletons on images and plots."""

from typing import Any

import cv2
import numpy as np

from hand_geo_keras.geometry.skeleton import EDGES, JOINT_COLORS

_SUBPIXEL_BITS = 4


def overlay_skeleton(
    image: np.ndarray, pixels: np.ndarray, thickness: int = 2, color: Any = None
) -> np.ndarray:
    """Overlays the 20 bones and 21 joints of a hand.

    Args:
        image: `[H, W, 3]` uint8 RGB image; not changed.
        pixels: `[21, 2]` joint positions in pixels; bones to NaN are left out.
        thickness: Line width in pixels.
        color: One RGB colour for all bones; one per finger if None.

    Returns:
        `[H, W, 3]` uint8 RGB copy with the skeleton.
    """
    canvas = np.ascontiguousarray(image).copy()
    fixed = np.nan_to_num(pixels, nan=-1e4) * 2**_SUBPIXEL_BITS
    points = [tuple(map(int, np.round(point))) for point in fixed]
    known = np.isfinite(pixels).all(-1)
    for parent, joint in EDGES:
        if known[parent] and known[joint]:
            shade = color or JOINT_COLORS[joint]
            cv2.line(
                canvas,
                points[parent],
                points[joint],
                shade,
                thickness,
                cv2.LINE_AA,
                _SUBPIXEL_BITS,
            )
    for joint in np.flatnonzero(known):
        radius = int(thickness * 1.2 * 2**_SUBPIXEL_BITS)
        shade = color or JOINT_COLORS[joint]
        cv2.circle(
            canvas, points[joint], radius, shade, -1, cv2.LINE_AA, _SUBPIXEL_BITS
        )
    return canvas


def plot_skeleton(
    axes: Any,
    pose: np.ndarray,
    color: Any = None,
    linestyle: str = "-",
    label: str | None = None,
) -> None:
    """Plots a pose as seen by its camera into matplotlib axes.

    Args:
        axes: 2D axes, to be inverted in y by the caller as images are, or 3D
            axes, which show depth along their y axis so that the hand stands
            upright.
        pose: `[21, 3]` pose in mm, wrist-relative, camera frame.
        color: One colour for all bones; one per finger if None.
        linestyle: Line style of the bones.
        label: Legend entry.
    """
    spatial = hasattr(axes, "get_zlim")
    for parent, joint in EDGES:
        x, y, z = pose[[parent, joint]].T
        shade = color or np.array(JOINT_COLORS[joint]) / 255
        style = {"color": shade, "linestyle": linestyle, "linewidth": 1.6}
        if spatial:
            axes.plot(x, z, -y, **style)
        else:
            axes.plot(x, y, **style)
    if label:
        axes.plot([], [], color=color or "black", linestyle=linestyle, label=label)
