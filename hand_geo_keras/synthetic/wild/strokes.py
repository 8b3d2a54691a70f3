"""Colours, polygons and lines that backgrounds are painted with."""

from typing import Any

import cv2
import numpy as np

# sRGB tones that skin can have, from light to dark, to distract from the hand.
_SKIN = np.array(
    [[240, 205, 182], [216, 168, 136], [190, 138, 106], [140, 95, 70], [90, 60, 45]],
    np.float32,
)


def dull_colour(rng: np.random.Generator, saturation: float) -> np.ndarray:
    """Random sRGB colour `[3]` float32 in 0..255; mostly dull, as rooms are."""
    grey = rng.uniform(10, 235)
    return np.clip(grey + rng.normal(0, 70 * saturation, 3), 3, 252).astype(np.float32)


def skin_colour(rng: np.random.Generator) -> np.ndarray:
    """Random sRGB colour `[3]` float32 that skin can have."""
    return _SKIN[rng.integers(len(_SKIN))] * rng.uniform(0.7, 1.1)


def fill(image: np.ndarray, outline: Any, colour: Any) -> None:
    """Fills the polygon `[N, 2]`."""
    points = np.round(np.asarray(outline)).astype(np.int32)
    cv2.fillPoly(image, [points], np.asarray(colour).tolist(), cv2.LINE_AA)


def line(image: np.ndarray, points: Any, colour: Any, width: int) -> None:
    """Draws the open polyline `[N, 2]`."""
    points = np.round(np.asarray(points)).astype(np.int32)
    cv2.polylines(
        image, [points], False, np.asarray(colour).tolist(), max(width, 1), cv2.LINE_AA
    )
