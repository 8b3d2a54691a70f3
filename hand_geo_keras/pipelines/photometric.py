"""What cameras, compression and distance do to a crop, on uint8 images."""

import functools
from typing import Any

import cv2
import numpy as np

_NOISE_SIDE = 512
# Rec. 601 luma, as JPEG and video use it.
_LUMA = np.array([0.299, 0.587, 0.114])


def degrade(rng: np.random.Generator, image: Any) -> Any:
    """Applies random colour, resolution, blur, noise and compression to a crop.

    Stands for what differs between cameras and what rendered images lack: white
    balance, exposure and gamma; hands of 25 px enlarged to a crop; defocus and motion
    blur; sharpening; sensor noise; JPEG and video compression.

    Args:
        rng: `np.random.Generator`.
        image: `[S, S, 3]` uint8 RGB.

    Returns:
        `[S, S, 3]` uint8 RGB.
    """
    if rng.random() < 0.9:
        image = _recoloured(rng, image)
    if rng.random() < 0.5:
        image = _low_resolution(rng, image)
    blur = rng.random()
    if blur < 0.15:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
    elif blur < 0.30:
        image = _motion_blur(rng, image)
    elif blur < 0.40:
        soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2.0))
        amount = rng.uniform(0.3, 1.5)
        image = cv2.addWeighted(image, 1 + amount, soft, -amount, 0)
    if rng.random() < 0.5:
        image = _noisy(rng, image)
    if rng.random() < 0.4:
        image = _compressed(rng, image)
    return image


def recolour(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Applies another exposure and white balance, and no more, to a crop.

    For cameras that are those of the images to be read later.

    Args:
        rng: `np.random.Generator`.
        image: `[S, S, 3]` uint8 RGB.

    Returns:
        `[S, S, 3]` uint8 RGB.
    """
    gain, offset = 1 + rng.uniform(-0.2, 0.2, 3), rng.uniform(-15, 15)
    return np.clip(image * gain + offset, 0, 255).astype(np.uint8)


def _recoloured(rng, image):
    """Hue, saturation, white balance, contrast and gamma."""
    saturation = 0.0 if rng.random() < 0.04 else rng.uniform(0.4, 1.35)
    mix = saturation * np.eye(3) + (1 - saturation) * _LUMA
    mix = mix + rng.normal(0, 0.03, (3, 3))
    image = cv2.transform(image, mix)
    level = np.arange(256) / 255.0
    gamma = np.exp(rng.normal(0, 0.28))
    gain = np.exp(rng.normal(-0.03, 0.22)) * np.exp(rng.normal(0, 0.08, 3))
    pivot, contrast = rng.uniform(0.3, 0.6), np.exp(rng.normal(0, 0.18))
    curve = (level[:, None] ** gamma * gain - pivot) * contrast + pivot
    curve = curve + rng.normal(0, 0.04)
    table = np.clip(curve * 255, 0, 255).astype(np.uint8)
    return cv2.LUT(image, table[None])


def _low_resolution(rng, image):
    side = len(image)
    small = int(np.exp(rng.uniform(np.log(22), np.log(0.9 * side))))
    shrink = cv2.INTER_AREA if rng.random() < 0.8 else cv2.INTER_LINEAR
    image = cv2.resize(image, (small, small), interpolation=shrink)
    enlarge = cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC
    return cv2.resize(image, (side, side), interpolation=enlarge)


def _motion_blur(rng, image):
    length = rng.uniform(2, 11)
    angle = rng.uniform(0, np.pi)
    size = int(length) // 2 * 2 + 3
    centre = size / 2 - 0.5
    step = 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
    kernel = np.zeros((size, size), np.float32)
    ends = [tuple(np.round((centre + s * step) * 16).astype(int)) for s in (-1, 1)]
    cv2.line(kernel, *ends, 1.0, 1, cv2.LINE_AA, shift=4)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def _noisy(rng, image):
    """Noise, coarser than a pixel now and then, as after demosaicing and video."""
    side = len(image)
    x, y = rng.integers(0, _NOISE_SIDE - side, 2)
    noise = _noise_patterns()[rng.integers(3)][y : y + side, x : x + side]
    strength = np.exp(rng.uniform(np.log(1.5), np.log(16)))
    return cv2.addWeighted(
        image, 1, noise, strength / 16, -128 * strength / 16, dtype=cv2.CV_8U
    )


@functools.cache
def _noise_patterns():
    """Three `[512, 512, 3]` uint8 patterns of std 16 about 128."""
    rng = np.random.default_rng(0)
    white = rng.standard_normal((_NOISE_SIDE, _NOISE_SIDE, 3)).astype(np.float32)
    grey = np.repeat(white[..., :1], 3, axis=2)
    coarse = cv2.GaussianBlur(white, (0, 0), 0.9)
    patterns = (white, 0.7 * grey + 0.5 * white, coarse)
    return [np.clip(128 + 16 * p / p.std(), 0, 255).astype(np.uint8) for p in patterns]


def _compressed(rng, image):
    options = (cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(18, 92)))
    _, data = cv2.imencode(".jpg", image, options)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)
