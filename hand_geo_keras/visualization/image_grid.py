"""Labelled rows and columns of small images as one image, in milliseconds."""

from typing import Any

import cv2
import numpy as np

_GAP, _HEAD = 2, 18
_PAPER, _INK = 255, (60, 60, 60)
_FONT, _FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.4


def image_grid(rows: Any, heads: Any = (), cell: int = 128) -> np.ndarray:
    """Puts images side by side below the heads of their columns.

    Args:
        rows: List of rows, each a list of as many `[S, S, 3]` uint8 RGB images.
        heads: Texts above the columns, or none.
        cell: Side in pixels to which every image is scaled.

    Returns:
        `[H, W, 3]` uint8 RGB image.

    Example:
        >>> hand = np.zeros((64, 64, 3), np.uint8)
        >>> image_grid([[hand, hand], [hand, hand]], ["input", "true"]).shape
        (280, 262, 3)
    """
    top = _HEAD if heads else 0
    pitch = cell + _GAP
    shape = (top + len(rows) * pitch + _GAP, len(rows[0]) * pitch + _GAP, 3)
    canvas = np.full(shape, _PAPER, np.uint8)
    for column, head in enumerate(heads):
        place = (column * pitch + _GAP + 2, _HEAD - 5)
        cv2.putText(canvas, head, place, _FONT, _FONT_SCALE, _INK, 1, cv2.LINE_AA)
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            y, x = top + i * pitch + _GAP, j * pitch + _GAP
            canvas[y : y + cell, x : x + cell] = _scaled(image, cell)
    return canvas


def _scaled(image, cell):
    shrinks = image.shape[0] > cell
    method = cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST
    return cv2.resize(image, (cell, cell), interpolation=method)
