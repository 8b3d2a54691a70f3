"""Reads the fields of requests, none of which is trusted."""

from typing import Any

import numpy as np

from hand_geo_keras.viewer.page.images import decode_image
from hand_geo_keras.viewer.page.request_error import RequestError

_LONGEST_TEXT = 64
_LEAST_SIDE = 4  # pixels


def image_of(request: dict[Any, Any]) -> np.ndarray:
    """`[H, W, 3]` uint8 RGB of the field `image`.

    Raises:
        RequestError: As of all functions here, if the field makes no sense.
    """
    if "image" not in request:
        raise RequestError("Give either an image or the number of a sample.")
    return decode_image(request["image"])


def box_of(request: dict[Any, Any], image: np.ndarray) -> np.ndarray | None:
    """`[3]` float64 box of the field `box`, None where there is none."""
    box = request.get("box")
    if box is None:
        return None
    if not isinstance(box, list) or len(box) != 3 or not all(map(_is_number, box)):
        raise RequestError("The box must be centre x, centre y and side in pixels.")
    x, y, side = box
    height, width = image.shape[:2]
    inside = -0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5
    if not (inside and _LEAST_SIDE <= side <= 2 * max(width, height)):
        raise RequestError("The box must lie in the image.")
    return np.array(box, np.float64)


def side_of(request: dict[Any, Any]) -> str:
    """`"right"` or `"left"`, the first where the field is missing."""
    side = request.get("side", "right")
    if side not in ("right", "left"):
        raise RequestError("The side must be right or left.")
    return side


def angle_of(request: dict[Any, Any], name: str) -> float:
    """An angle in degrees, 0 where the field is missing."""
    value = request.get(name, 0)
    if not _is_number(value) or not abs(value) <= 1e4:
        raise RequestError(f"The {name} must be an angle in degrees.")
    return value


def text_of(request: dict[Any, Any], name: str) -> str:
    """A short text."""
    value = request.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT:
        raise RequestError(
            f"The {name} must be a text of 1 to {_LONGEST_TEXT} letters."
        )
    return value


def _is_number(value):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and abs(value) <= 1e9  # NaN is refused too
