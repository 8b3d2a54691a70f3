"""Images of any size, depth and number of channels as a pose model takes them."""

from typing import Any

import numpy as np
import tensorflow as tf

from hand_geo_keras.recordings.image_array import as_rgb


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
