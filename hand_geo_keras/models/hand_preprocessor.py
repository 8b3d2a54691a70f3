"""Images of any size, depth and number of channels as a pose model takes them."""

from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.recordings.image_file import to_eight_bits


class HandPreprocessor:
    """Turns hand crops into the batch that a pose model takes.

    What `model.preprocessor` of a `PoseEstimator` is. An image that is not square is
    cut to its largest centred square, then resized with an antialiasing filter, as an
    exported model does with files (`serving.decode_crops`). It does not look for hands:
    `hand_geo_keras.predict` does, in photos of any kind.

    Args:
        image_size: S, side of the crops that the model takes, in pixels.

    Call arguments:
        images: an array of images or a list of images of any sizes. Each is
            `[H, W, 3]` RGB, `[H, W, 4]` whose alpha is left out, or grey, `[H, W, 1]`
            or `[H, W]`; an array is `[B, H, W, C]`, or `[B, H, W]` of greys. A single
            image is a batch of one. Integers and floats are in 0..255; uint16 is
            reduced to 8 bits as image files are.

    Returns:
        Dict of `"image"`: `[B, S, S, 3]` RGB in 0..255, float32 if an image was float,
        else uint8.

    Raises:
        ValueError: an image has another shape or type, is not finite, or is float
            within 0..1, which would be read as black.

    Example:
        ```python
        model = PoseEstimator.from_preset("hand_128")
        model.preprocessor([photo, larger_photo])["image"].shape  # [2, 128, 128, 3]
        ```
    """

    def __init__(self, image_size: int) -> None:
        self.image_size = int(image_size)

    def __call__(self, images: Any) -> dict[str, np.ndarray]:
        prepared = [
            self._prepared(image, f"images[{index}]")
            for index, image in enumerate(_as_list(images))
        ]
        if not prepared:
            size = self.image_size
            return {"image": np.zeros((0, size, size, 3), np.uint8)}
        return {"image": np.stack(prepared)}

    def get_config(self) -> dict[str, int]:
        """The constructor's arguments."""
        return {"image_size": self.image_size}

    def _prepared(self, image: Any, name: str) -> np.ndarray:
        rgb = as_rgb(np.asarray(image), name)
        square = np.asarray(centred_square(rgb))
        if square.shape[0] == self.image_size:
            return square
        resized = resize_square(square, self.image_size).numpy()
        return resized if rgb.dtype == np.float32 else np.round(resized).astype("uint8")


def centred_square(image: Any) -> Any:
    """Cuts an image to its largest centred square.

    Args:
        image: `[H, W, C]`, array or tensor.

    Returns:
        `[min(H, W), min(H, W), C]`.
    """
    shape = tf.shape(image) if tf.is_tensor(image) else image.shape
    height, width = shape[0], shape[1]
    side = tf.minimum(height, width) if tf.is_tensor(image) else min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def resize_square(image: Any, image_size: int) -> tf.Tensor:
    """Resizes with a triangle filter whose pixel centres are OpenCV's.

    Args:
        image: `[side, side, C]`, array or tensor.
        image_size: S, wanted side in pixels.

    Returns:
        `[S, S, C]` float32 tensor in 0..255.
    """
    resized = tf.image.resize(image, (image_size, image_size), antialias=True)
    return tf.clip_by_value(resized, 0.0, 255.0)


def _as_list(images: Any) -> Any:
    """The images of a batch, or a single image as a batch of one."""
    if isinstance(images, (list, tuple)):
        return images
    array = np.asarray(images)
    single = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    # Two channels, say, are no batch of greys that are two pixels wide.
    if not single and (array.ndim not in (3, 4) or array.shape[-1] == 2):
        raise ValueError(
            "`images` must be [B, H, W, C] or a list of [H, W, C] images with 1, 3 or "
            f"4 channels. Received: shape={array.shape}"
        )
    return array[None] if single else array


def as_rgb(image: np.ndarray, name: str) -> np.ndarray:
    """Checks one image and gives it three colours.

    Args:
        image: See `HandPreprocessor`.
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
