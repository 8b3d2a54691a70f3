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
        gain = (rng.uniform(0.8, 1.2) * balance).astype(np.float32)
        self._gain = gain[:, None, None]
        self._blur = rng.uniform(0.35, 0.75)
        # Channel after channel: numpy would step through three numbers at a time.
        planes = np.ascontiguousarray(background.transpose(2, 0, 1))
        self._light = planes * np.float32(brightness)
        self._image = self._develop(self._light)
        height, width = background.shape[:2]
        sigma = rng.uniform(0.8, 2.2)
        shape = (height + _NOISE_MARGIN, width + _NOISE_MARGIN, 3)
        # Sampling noise costs more than rendering: shift a few patterns instead.
        self._noises = [
            _signed_parts(np.round(rng.standard_normal(shape, np.float32) * sigma))
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
            *color, alpha = (
                cv2.GaussianBlur(plane, (0, 0), self._blur)
                for plane in (*color.transpose(2, 0, 1), alpha[..., 0])
            )
            behind = self._light[:, top:bottom, left:right]
            image = image.copy()
            image[top:bottom, left:right] = self._develop(behind * (1 - alpha) + color)
        height, width = image.shape[:2]
        x, y = rng.integers(0, _NOISE_MARGIN, 2)
        brighter, darker = (
            part[y : y + height, x : x + width]
            for part in self._noises[rng.integers(_NUM_NOISES)]
        )
        return cv2.subtract(cv2.add(image, brighter), darker)  # both saturate

    def _develop(self, light):
        """Image `[h, w, 3]` uint8 of linear light `[3, h, w]`."""
        exposed = np.maximum(light * self._gain, 0)
        # A soft shoulder instead of hard clipping, as video cameras have.
        exposed /= 0.18 * exposed + 0.85
        developed = 255 * np.minimum(exposed, 1) ** _GAMMA
        return cv2.merge([*developed.astype(np.uint8)])


def _signed_parts(noise):
    """What noise adds and what it takes away, both uint8: fast to apply to images."""
    return [np.maximum(part, 0).astype(np.uint8) for part in (noise, -noise)]
