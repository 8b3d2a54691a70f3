"""Which pixels of a crop show the hand, for measuring view synthesis there."""

import itertools

import cv2
import numpy as np

from hand_geo_keras.datasets.instant_pool import InstantPool
from hand_geo_keras.geometry.skeleton import FINGERS

_MARGIN = 0.08  # of the crop's side, about the half width of a finger
_THRESHOLD = 20  # grey levels; camera noise stays below


def hand_region(pool: InstantPool, views: np.ndarray) -> np.ndarray:
    """Pixels near the labelled joints that differ from the background.

    The hull of the projected joints keeps the forearm, the rest of the body and
    shadows out; the difference to the background keeps the gaps between fingers
    out. Used for measuring only, never for training or prediction.

    Args:
        pool: `InstantPool` with labels.
        views: `[K]` indices of labelled views; others show no hand.

    Returns:
        `[K, S, S]` bool masks of the central crops (`pool.crop_size`).
    """
    return np.stack([_region(pool, view, _hull) for view in views])


def finger_region(pool: InstantPool, views: np.ndarray) -> np.ndarray:
    """Pixels near the bones of fingers, knuckles included, that show the hand.

    As in `hand_region` these differ from the background.

    Args and result are those of `hand_region`.
    """
    return np.stack([_region(pool, view, _finger_bones) for view in views])


def _region(pool, view, outline):
    size = pool.crop_size
    instant = pool.instant_of_view[view]
    in_camera = pool.joints[instant] @ pool.rotations[view].T + pool.translations[view]
    with np.errstate(divide="ignore", invalid="ignore"):  # joints without a label
        pixels = in_camera[:, :2] / in_camera[:, 2:] * pool.focals[view]
    mask = np.zeros((size, size), np.uint8)
    outline(mask, pixels + (size - 1) / 2, pool.valid[instant])
    width = 2 * round(_MARGIN * size) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    mask = cv2.dilate(mask, kernel).astype(bool)
    difference = pool.crops(view).astype(np.int16) - pool.background_crops(view)
    return mask & (np.abs(difference).max(-1) > _THRESHOLD)


def _hull(mask, pixels, valid):
    if not valid.any():
        return
    hull = cv2.convexHull(np.round(pixels[valid]).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1)


def _finger_bones(mask, pixels, valid):
    for joints in FINGERS.values():
        for start, end in itertools.pairwise(joints):
            if valid[start] and valid[end]:
                ends = np.round(pixels[[start, end]]).astype(int).tolist()
                cv2.line(mask, *ends, 1)


def psnr(predictions: np.ndarray, targets: np.ndarray, regions: np.ndarray) -> float:
    """Mean over images of the peak signal-to-noise ratio inside their regions.

    Args:
        predictions: `[K, S, S, 3]` images in 0..255.
        targets: `[K, S, S, 3]` true images in 0..255.
        regions: `[K, S, S]` bool; images with an empty region are left out.

    Returns:
        float in dB: mean of `10 log10(255² / MSE)`; NaN if all regions are empty.
    """
    errors = (np.asarray(predictions, np.float32) - targets) ** 2
    pixels = regions.sum((1, 2))
    mse = (errors.mean(-1) * regions).sum((1, 2)) / np.maximum(pixels, 1)
    decibel = 10 * np.log10(255.0**2 / np.maximum(mse, 1e-6))
    return float(decibel[pixels > 0].mean()) if pixels.any() else float("nan")
