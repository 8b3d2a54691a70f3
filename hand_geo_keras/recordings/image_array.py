"""One image given as an array, as 8-bit RGB or float."""

import numpy as np

from hand_geo_keras.recordings.image_file import to_eight_bits


def as_rgb(image: np.ndarray, name: str) -> np.ndarray:
    """Checks one image and gives it three colours.

    Args:
        image: As `HandPreprocessor` takes one.
        name: Name of the image in messages.

    Returns:
        `[H, W, 3]` uint8 or float32 in 0..255.

    Raises:
        ValueError: See `HandPreprocessor`.
    """
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or not image.size:
        raise ValueError(
            f"{name} must be [H, W] or [H, W, C] with 1, 3 or 4 channels and at least "
            f"one pixel. Received: shape={image.shape}, dtype={image.dtype}"
        )
    image = _in_range(image, name)[..., :3]
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def _in_range(image: np.ndarray, name: str) -> np.ndarray:
    if image.dtype in (np.uint8, np.uint16):
        return to_eight_bits(image)
    if image.dtype.kind not in "iuf":
        raise ValueError(
            f"{name} must hold numbers in 0..255. Received: dtype={image.dtype}"
        )
    low, high = float(image.min()), float(image.max())
    if not (low >= 0 and high <= 255):  # also where they are not finite
        raise ValueError(
            f"{name} must lie in 0..255. Received: values in {low:g}..{high:g}"
        )
    if image.dtype.kind != "f":
        return image.astype(np.uint8)
    if 0 < high <= 1:
        raise ValueError(
            f"{name} must lie in 0..255, but seems to lie in 0..1: multiply it by 255. "
            f"Received: values in {low:g}..{high:g}"
        )
    return image.astype(np.float32)
