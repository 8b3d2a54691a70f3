"""Predicted over true skeletons, overlaid on a crop."""

from typing import Any

import cv2
import numpy as np

from hand_geo_keras.visualization.skeletons import overlay_skeleton

# Every crop is enlarged to one size, so that lines are equally wide in all figures.
_SIDE, _THICKNESS = 384, 3
_WHITE = (255, 255, 255)


def pose_overlay(
    pool: Any, view: Any, pose: np.ndarray, same_size: bool = False
) -> np.ndarray:
    """The crop of a view with both skeletons.

    The predicted one is scaled as N-MPJPE does and put at the true wrist.

    Args:
        pool: `InstantPool`.
        view: Index of a labelled view.
        pose: `[21, 3]` predicted pose in mm, virtual-camera frame; or None to plot
            the true one alone.
        same_size: Whether the predicted pose gets the true one's size instead: that
            which N-MPJPE takes shrinks to a point where a pose is all wrong.

    Returns:
        `[384, 384, 3]` uint8 RGB image; predicted in colour, true in white.
    """
    size = (_SIDE, _SIDE)
    canvas = cv2.resize(pool.crops(view), size, interpolation=cv2.INTER_CUBIC)
    truth = pool.poses(view)
    canvas = overlay_skeleton(canvas, _pixels(pool, view, truth), _THICKNESS, _WHITE)
    if pose is None:
        return canvas
    fitting = np.linalg.norm(pose) * np.linalg.norm(truth)
    scale = fitting if same_size else (pose * truth).sum()
    scale /= max((pose * pose).sum(), 1e-9)
    return overlay_skeleton(canvas, _pixels(pool, view, scale * pose), _THICKNESS)


def _pixels(pool, view, pose):
    """Projects a wrist-relative pose into the enlarged crop, `[21, 2]`."""
    wrist = pool.joints[pool.instant_of_view[view], 0]
    points = pose + wrist @ pool.rotations[view].T + pool.translations[view]
    pixels = points[:, :2] / points[:, 2:] * pool.focals[view]
    return (pixels + pool.crop_size / 2) * (_SIDE / pool.crop_size) - 0.5
