"""How sharp an image is, whatever its contrast and exposure."""

import cv2
import numpy as np

# The steepest edges count, and single bright pixels do not.
_STEEPEST, _EXTREME = 99.5, 1.0


def sharpness(image: np.ndarray) -> float:
    """Slope of the steepest edges relative to the image's contrast.

    Roughly one over the width of an edge in pixels: about 0.5 where edges are perfectly
    sharp, 0.1 where they are ten pixels wide, 0 without contrast. Comparable between
    images of one scene.

    Args:
        image: `[H, W]` uint8 grey or `[H, W, 3]` uint8.

    Returns:
        float, 0 to about 1.

    Example:
        >>> edge = np.repeat(np.uint8([[0] * 16 + [200] * 16]), 32, axis=0)
        >>> round(sharpness(edge), 2)
        0.5
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dark, bright = np.percentile(grey, [_EXTREME, 100 - _EXTREME])
    if bright - dark < 8:
        return 0.0
    # Sobel smooths across its direction, so that noise makes little of a slope.
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8)
    steepest = np.percentile(cv2.magnitude(across, down), _STEEPEST)
    return float(steepest / (bright - dark))
