"""Where a crop differs from its own background: the hand, without any label."""

from typing import Any

from keras import ops


def foreground_mask(
    image: Any, background: Any, threshold: float = 15.0, window: int = 5
) -> Any:
    """Marks the pixels at which an image differs from its background.

    The absolute difference, averaged over the channels and over a small window
    (so that single noisy pixels do not count and holes close), is compared with
    a threshold.

    Args:
        image: `[B, H, W, 3]` RGB in 0..255, any dtype.
        background: `[B, H, W, 3]` RGB in 0..255, cropped with the same homography.
        threshold: least difference of the foreground, in grey levels of 0..255.
        window: side of the averaging window in pixels.

    Returns:
        `[B, H, W, 1]` float32, 1 in the foreground and 0 elsewhere.

    Example:

    ```python
    mask = foreground_mask(crops["image"], crops["background"])
    ```
    """
    image, background = ops.cast(image, "float32"), ops.cast(background, "float32")
    difference = ops.mean(ops.abs(image - background), axis=-1, keepdims=True)
    smooth = ops.average_pool(difference, window, strides=1, padding="same")
    return ops.cast(smooth > threshold, "float32")


def foreground_weights(mask: Any, weight: float) -> Any:
    """Pixel weights that stress the foreground and have mean 1 in every image.

    Args:
        mask: `[B, H, W, 1]` float in 0..1, as from `foreground_mask`.
        weight: how much more a foreground pixel counts than a background pixel.

    Returns:
        `[B, H, W, 1]` float32.
    """
    weights = 1.0 + (weight - 1.0) * ops.cast(mask, "float32")
    return weights / ops.mean(weights, axis=(1, 2, 3), keepdims=True)
