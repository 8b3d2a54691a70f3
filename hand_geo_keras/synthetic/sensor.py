"""One camera's sensor: exposure, white balance, blur and noise."""

from typing import Any

import cv2
import numpy as np

_NOISE_MARGIN = 48
_NUM_NOISES = 4
_GAMMA = 1 / 2.2


class Sensor:
    """Turns linear light over a static background into 8-bit frames.

    Args:
        rng: `np.random.Generator` of this camera and sequence.
        background: `[H, W, 3]` float32 linear RGB.
        brightness: Factor of the sequence's light on the background.
    """

    def __init__(
        self, rng: np.random.Generator, background: np.ndarray, brightness: float = 1.0
    ) -> None:
        balance = 1 + rng.normal(0, 0.04, 3)
        self._gain = (rng.uniform(0.8, 1.2) * balance).astype(np.float32)
        self._blur = rng.uniform(0.35, 0.75)
        self._light = background * np.float32(brightness)
        self._image = self._develop(self._light).astype(np.int16)
        height, width = background.shape[:2]
        sigma = rng.uniform(0.8, 2.2)
        shape = (height + _NOISE_MARGIN, width + _NOISE_MARGIN, 3)
        # Sampling noise costs more than rendering: shift a few patterns instead.
        self._noises = [
            np.round(rng.standard_normal(shape, np.float32) * sigma).astype(np.int16)
            for _ in range(_NUM_NOISES)
        ]

    def expose(self, rng: np.random.Generator, layer: Any = None) -> np.ndarray:
        """Takes an image.

        Args:
            rng: `np.random.Generator` of this frame.
            layer: None, or what `render_arm` returns.

        Returns:
            `[H, W, 3]` uint8 RGB.
        """
        image = self._image
        if layer is not None:
            (left, top, right, bottom), color, alpha = layer
            color = cv2.GaussianBlur(color, (0, 0), self._blur)
            alpha = cv2.GaussianBlur(alpha, (0, 0), self._blur)[..., None]
            behind = self._light[top:bottom, left:right]
            image = image.copy()
            image[top:bottom, left:right] = self._develop(behind * (1 - alpha) + color)
        height, width = image.shape[:2]
        x, y = rng.integers(0, _NOISE_MARGIN, 2)
        noise = self._noises[rng.integers(_NUM_NOISES)][y : y + height, x : x + width]
        return cv2.add(image, noise, dtype=cv2.CV_8U)  # saturates

    def _develop(self, light):
        exposed = np.clip(light * self._gain, 0, None)
        # A soft shoulder instead of hard clipping, as video cameras have.
        return 255 * np.clip(exposed / (0.18 * exposed + 0.85), 0, 1) ** _GAMMA
