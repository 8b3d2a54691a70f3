"""Finds hands in whole images by looking everywhere at several sizes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import expit

from hand_geo_keras.geometry import virtual_camera, warp_crop
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.prediction.hand_reader import HandReader, Region

_STEP = 0.45  # between windows, in sides of a window
_RATIO = 1.5  # between sizes
_SMALLEST = 1 / 10  # window, of the image's shorter side
_CANDIDATES = 6
# Windows down to this size come first. They are a sixth of all; what they show with
# this score need not be looked for among the small ones.
_LARGE, _CERTAIN = 0.3, 0.9
# Mean spread of heatmaps, in sides of the box, at which a hand is as likely as not:
# measured on photos, where hands have 0.08 to 0.12 and other things 0.14 and more.
_WIDE, _WIDTH = 0.13, 0.012
# How probable the side is that the user tells, before the image is seen. From the back
# or with the thumb hidden, fists look much alike.
_TOLD = 0.8
LEAST_SCORE = 0.5  # of what is taken for a hand
_SAME_HAND = 0.5  # distance of centres in sides of the box


def find_hands(
    reader: HandReader,
    image: np.ndarray,
    camera: Camera,
    sides: Sequence[str] = ("right", "left"),
    threshold: float = LEAST_SCORE,
    most: int = 1,
    small: bool = True,
) -> list[Any]:
    """Searches an image for hands.

    Windows of several sizes are rated by the network's presence output, once for both
    sides; the best ones of each side are looked at three times more, mirrored for left
    hands, each time where the pass before saw the hand, and rated again. Small windows,
    which are most of them, are looked at only if large ones do not show as many certain
    hands as are wanted.

    Args:
        reader: `HandReader`.
        image: `[H, W, 3]` uint8 RGB.
        camera: `Camera` of the image.
        sides: Sides to look for. A hand is taken for a side only if the network, shown
            the image mirrored for left hands, agrees; it is asked for less agreement
            where there is one side only, for then somebody knows.
        threshold: Least `hand_score`.
        most: Most hands to return.
        small: Whether to look for small hands too where large windows do not show as
            many certain ones as are wanted; five times the work.

    Returns:
        list of `(side, Reading)`, the most probable first.
    """
    height, width = image.shape[:2]
    smallest_large = _LARGE * min(height, width)
    windows, told = list(_windows(width, height)), len(sides) == 1
    found: list[Any] = []
    sizes = [[window for window in windows if window[2] >= smallest_large]]
    if small:
        sizes.append([window for window in windows if window[2] < smallest_large])
    for chosen in filter(None, sizes):
        found += _candidates(reader, image, camera, chosen, sides, told)
        found.sort(key=lambda item: -item[0])
        distinct = _distinct([item for item in found if item[0] >= threshold], most)
        if len(distinct) == most and distinct[-1][0] >= _CERTAIN:
            break
    return [item[1:] for item in distinct]


def _candidates(reader, image, camera, windows, sides, told):
    """`(score, side, Reading)` of the best windows, each read where it saw a hand."""
    crops = [virtual_camera(camera, box, reader.size) for box in windows]
    pixels = np.stack([warp_crop(image, camera, crop) for crop in crops])
    scales = np.float32([crop.scale for crop in crops])
    # One look rates windows for both sides: what is no right hand may be a left one.
    seen_as = "right" if "right" in sides else "left"
    shown = pixels[:, :, ::-1] if seen_as == "left" else pixels
    rated = reader.network(np.ascontiguousarray(shown), scales)
    spread = rated["spread"].mean(1) / 2  # halves of the crop to its side
    found = []
    for side in sides:
        right = rated["right"] if side == seen_as else 1 - rated["right"]
        right = _with_prior(right) if told else right
        score = _score(rated["presence"], right, spread)
        best = np.argsort(-score)[:_CANDIDATES]
        regions = [Region(np.array(windows[index])) for index in best]
        count = len(regions)
        readings = reader.read(
            [image] * count, [camera] * count, regions, [side] * count, passes=3
        )
        found += [(hand_score(reading, told), side, reading) for reading in readings]
    return found


def hand_score(reading: Any, told: bool = False) -> float:
    """How probable it is that a `Reading` is of a hand of the side it was read as.

    Besides what the network says of presence and side: where there is no hand, it
    cannot make up its mind where the joints are, and heatmaps are wide.

    Args:
        reading: `Reading`.
        told: Whether the side is known beforehand rather than to be told apart.

    Returns:
        float in 0..1.
    """
    spread = reading.spread.mean() / reading.region.box[2]
    right = _with_prior(reading.right) if told else reading.right
    return float(_score(reading.presence, right, spread))


def _with_prior(right):
    """Bayes' rule for a side that is told; the network knows of no such thing."""
    return right * _TOLD / (right * _TOLD + (1 - right) * (1 - _TOLD))


def _score(presence, right, spread):
    return presence * right * expit((_WIDE - spread) / _WIDTH)


def _windows(width, height):
    """Boxes `(centre x, centre y, side)` that overlap and cover the image."""
    shorter = min(width, height)
    side = 1.1 * shorter
    while side >= shorter * _SMALLEST:
        for y in _centres(height, side):
            for x in _centres(width, side):
                yield x, y, side
        side /= _RATIO


def _centres(extent, side):
    if side >= extent:
        return [(extent - 1) / 2]
    count = int(np.ceil((extent - side) / (side * _STEP))) + 1
    return np.linspace(side / 2, extent - side / 2, count) - 0.5


def is_near(reading: Any, other: Any) -> bool:
    """Whether two readings are so near each other that they may be of one hand.

    Args:
        reading, other: `Reading` objects of one image.
    """
    box, known = reading.region.box, other.region.box
    return bool(np.linalg.norm(box[:2] - known[:2]) <= _SAME_HAND * known[2])


def _distinct(found, most):
    """Drops what is the same hand seen twice, or seen as the other side."""
    kept = []
    for item in found:
        if not any(is_near(item[-1], other[-1]) for other in kept):
            kept.append(item)
    return kept[:most]
