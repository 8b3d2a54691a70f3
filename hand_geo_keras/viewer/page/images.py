"""Images on their way in (checked before they are decoded) and out (as PNG)."""

import base64
import binascii
import io
from http import HTTPStatus

import cv2
import numpy as np
from PIL import Image

from hand_geo_keras.recordings.image_file import decode_image_file
from hand_geo_keras.viewer.page.request_error import RequestError

MAX_BYTES = 4 * 2**20
MAX_PIXELS = 16_000_000
_FORMATS = ("JPEG", "PNG")
_BAD_IMAGE = "This is no readable JPEG or PNG image."


def decode_image(text: str) -> np.ndarray:
    """Decodes an uploaded image.

    Its size is read from the header and checked before any pixel is decoded. The
    pixels are those of `read_image`, so that a file gives the same joints here as
    everywhere else.

    Args:
        text: JPEG or PNG file as base64.

    Returns:
        `[H, W, 3]` uint8 RGB, upright.

    Raises:
        RequestError: If it is no such image, or too large.
    """
    if not isinstance(text, str):
        raise RequestError("The image must be given as base64 text.")
    if len(text) > (MAX_BYTES + 2) // 3 * 4:
        raise RequestError(
            f"The image is larger than {MAX_BYTES // 2**20} MiB.",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as reason:
        raise RequestError("The image must be given as base64 text.") from reason
    _check(data)
    image = decode_image_file(np.frombuffer(data, np.uint8))
    if image is None:
        raise RequestError(_BAD_IMAGE)
    return image


def _check(data):
    """Refuses what is too large by its header, then what is cut off or broken."""
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise RequestError(
                f"The image has {width} x {height} pixels, more than "
                f"{MAX_PIXELS // 10**6} million.",
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        # JPEGs at an eighth of their size: the whole file is read all the same.
        image.draft("RGB", (width // 8 or 1, height // 8 or 1))
        image.load()
    except RequestError:
        raise
    # Pillow answers broken files with errors of many kinds.
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError) as reason:
        raise RequestError(_BAD_IMAGE) from reason
    except Image.DecompressionBombError as reason:
        raise RequestError(
            "The image has too many pixels.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        ) from reason


def resized(image: np.ndarray, size: int) -> np.ndarray:
    """`[S, S, 3]` uint8 -> `[size, size, 3]` uint8."""
    if image.shape[0] == size:
        return np.ascontiguousarray(image)
    shrinks = image.shape[0] > size
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(image, (size, size), interpolation=method)


def png_url(image: np.ndarray) -> str:
    """`[H, W, 3]` uint8 RGB as the URL of a PNG image that holds its data."""
    fast = (cv2.IMWRITE_PNG_COMPRESSION, 1)
    _, data = cv2.imencode(".png", image[..., ::-1], fast)
    return "data:image/png;base64," + base64.b64encode(data).decode()  # type: ignore[arg-type]


def jpeg_url(image: np.ndarray) -> str:
    """`[H, W, 3]` uint8 RGB as the URL of a JPEG image that holds its data."""
    _, data = cv2.imencode(".jpg", image[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 85))
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()  # type: ignore[arg-type]


def border_color_background(image: np.ndarray) -> np.ndarray:
    """`[S, S, 3]` uint8 in one colour, the median of the image's border."""
    border = max(1, image.shape[0] // 16)
    inside = np.zeros(image.shape[:2], bool)
    inside[border:-border, border:-border] = True
    return np.full_like(image, np.median(image[~inside], axis=0))


def blurred_background(image: np.ndarray) -> np.ndarray:
    """`[S, S, 3]` uint8: the image with everything hand-sized blurred away."""
    return cv2.GaussianBlur(image, (0, 0), image.shape[0] / 5)
