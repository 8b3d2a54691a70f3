"""One image file as 8-bit RGB, upright."""

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
# Grey, alpha and palettes become three colours, deeper images keep their depth, and the
# orientation that EXIF tells is applied.
_AS_COLOUR = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH


def is_image_file(path: Path) -> bool:
    """Whether a file's name is that of an image; hidden files are none."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def read_image(path: str | os.PathLike) -> np.ndarray | None:
    """Reads an image file as every entry point of this package does.

    The orientation in EXIF is applied, grey becomes RGB, alpha is left out, and more
    than 8 bits are reduced by `to_eight_bits`.

    Args:
        path: str or `pathlib.Path`.

    Returns:
        `[H, W, 3]` uint8 RGB, or None if the file cannot be decoded.

    Example:
        ```python
        image = read_image("photo.jpg")
        ```
    """
    try:
        return decode_image_file(np.fromfile(path, np.uint8))
    except OSError:
        return None


def decode_image_file(data: np.ndarray) -> np.ndarray | None:
    """Decodes the bytes of an image file, as `read_image` does.

    Args:
        data: `[N]` uint8, content of the file.

    Returns:
        `[H, W, 3]` uint8 RGB, or None if it cannot be decoded.

    Example:
        >>> _, data = cv2.imencode(".png", np.full((2, 3, 3), 9, np.uint8))
        >>> decode_image_file(data).shape
        (2, 3, 3)
    """
    try:
        image = cv2.imdecode(data, _AS_COLOUR) if data.size else None
    except cv2.error:
        return None
    if image is None or image.ndim != 3 or image.shape[2] != 3:
        return None
    image = to_eight_bits(image)
    return None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def to_eight_bits(image: np.ndarray) -> Any:
    """Reduces the depth of an image to 8 bits.

    Cameras write 10, 12 or 14 bits into 16: the smallest of 8, 10, 12, 14 and 16 bits
    that holds the largest value is taken for the depth.

    Args:
        image: uint8 or uint16 of any shape.

    Returns:
        uint8 of the same shape; None for other types, whose range is not known.

    Example:
        >>> to_eight_bits(np.array([0, 4095], np.uint16)).tolist()
        [0, 255]
    """
    if image.dtype == np.uint8:
        return image
    if image.dtype != np.uint16:
        return None
    largest = int(image.max(initial=0))
    surplus = next(bits for bits in (0, 2, 4, 6, 8) if largest < 1 << (8 + bits))
    return (image >> surplus).astype(np.uint8)
