"""Square boxes around a projected hand."""

import numpy as np


def square_box(pixels: np.ndarray, margin: float = 0.4) -> np.ndarray:
    """Square box around projected joints.

    Args:
        pixels: `[N, 2]` joint positions in pixels.
        margin: Extra size relative to the tight box's longer side: 0.4 makes the
            square 1.4 times as large.

    Returns:
        `[3]` float64 `(centre x, centre y, side)` in pixels.

    Raises:
        ValueError: If `pixels` is empty or not finite.

    Reference:
        Rhodin et al., ECCV 2018: tight joint box, margin 0.4, made square.
    """
    pixels = np.asarray(pixels, np.float64)
    if pixels.ndim != 2 or not len(pixels) or not np.isfinite(pixels).all():
        raise ValueError(
            "A box needs at least one finite joint position of shape [N, 2]. "
            f"Received: pixels={pixels.tolist()}"
        )
    low, high = pixels.min(0), pixels.max(0)
    side = (high - low).max() * (1 + margin)
    return np.array([*(low + high) / 2, side])


def central_box(resolution: tuple[int, int]) -> np.ndarray:
    """The largest square in the centre of an image, which a hand is to fill.

    Args:
        resolution: `(width, height)` in pixels.

    Returns:
        `[3]` float64 `(centre x, centre y, side)` in pixels.

    Example:
        >>> central_box((640, 480)).tolist()
        [319.5, 239.5, 480.0]
    """
    width, height = resolution
    return np.array([(width - 1) / 2, (height - 1) / 2, min(width, height)], np.float64)


def box_inside_fraction(box: np.ndarray, resolution: tuple[int, int]) -> float:
    """Fraction of a square box `(centre x, centre y, side)` that lies inside the image.

    Args:
        box: `[3]` box in pixels.
        resolution: `(width, height)` of the image.

    Returns:
        float between 0 (outside) and 1 (completely inside).
    """
    x, y, side = box
    overlap = [
        max(0.0, min(center + side / 2, extent - 0.5) - max(center - side / 2, -0.5))
        for center, extent in zip((x, y), resolution)
    ]
    return overlap[0] * overlap[1] / (side * side) if side > 0 else 0.0
