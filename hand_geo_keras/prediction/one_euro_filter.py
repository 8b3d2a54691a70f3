"""The One-Euro filter: strong smoothing of what is still, little lag of what moves."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class OneEuroSettings:
    """Parameters of the One-Euro filter, for positions in mm and times in seconds.

    The defaults are a compromise between jitter and lag that was chosen on rendered and
    real videos of 30 frames/s, see `hand_geo_keras.studies.smoothing`.

    Args:
        min_cutoff_hz: Cutoff frequency of a point at rest; lower means less jitter.
        beta: Hz by which the cutoff rises per mm/s; higher means less lag.
        derivative_cutoff_hz: Cutoff frequency of the speed itself.

    Raises:
        ValueError: If a cutoff is not positive or `beta` is negative.

    Example:
        >>> OneEuroSettings(min_cutoff_hz=2.0).beta
        0.02
    """

    min_cutoff_hz: float = 1.0
    beta: float = 0.02
    derivative_cutoff_hz: float = 1.0

    def __post_init__(self) -> None:
        cutoffs = self.min_cutoff_hz, self.derivative_cutoff_hz
        if not all(0 < cutoff < np.inf for cutoff in cutoffs):
            raise ValueError(
                "The One-Euro filter needs positive cutoff frequencies in Hz. "
                f"Received: {self}"
            )
        if not 0 <= self.beta < np.inf:
            raise ValueError(
                f"The One-Euro filter needs beta >= 0 in Hz per mm/s. Received: {self}"
            )


class OneEuroFilter:
    """Low-pass filter whose cutoff frequency rises with the speed of each point.

    Speeds are the Euclidean norms of the points' filtered velocities, not the single
    coordinates' as in the paper: so filtering commutes with rotations of the axes.

    Args:
        settings: `OneEuroSettings`.

    Example:
        >>> smooth = OneEuroFilter(OneEuroSettings())
        >>> smooth(np.array([[0.0, 0.0]]), time=0.0).tolist()
        [[0.0, 0.0]]
        >>> bool(0 < smooth(np.array([[1.0, 0.0]]), time=0.033)[0, 0] < 1)
        True

    Reference:
        Casiez, Roussel, Vogel, "1 Euro Filter", CHI 2012.
    """

    def __init__(self, settings: OneEuroSettings) -> None:
        self.settings = settings
        self.reset()

    def reset(self) -> None:
        """Forgets the past: the next points are returned unchanged."""
        self._time = self._points = self._velocity = None

    def __call__(self, points: np.ndarray, time: Any) -> np.ndarray:
        """Filters the next points.

        Args:
            points: `[..., D]` float positions in mm; the same shape at every call.
            time: Time stamp in seconds. Where it is not later than the one before, the
                points cannot be filtered and are ignored.

        Returns:
            `[..., D]` float64 filtered positions.
        """
        points = np.asarray(points, np.float64)
        if self._points is None:
            self._time, self._points = time, points  # type: ignore[assignment]
            self._velocity = np.zeros_like(points)  # type: ignore[assignment]
            return points
        step = time - self._time
        if step <= 0:
            return self._points
        velocity = (points - self._points) / step
        follow = _smoothing_factor(step, self.settings.derivative_cutoff_hz)
        self._velocity = self._velocity + follow * (velocity - self._velocity)
        speed = np.linalg.norm(self._velocity, axis=-1, keepdims=True)
        cutoff = self.settings.min_cutoff_hz + self.settings.beta * speed
        follow = _smoothing_factor(step, cutoff)
        self._points = self._points + follow * (points - self._points)
        self._time = time
        return self._points


def _smoothing_factor(step, cutoff):
    """Weight of a new value in exponential smoothing of `cutoff` Hz after `step` s."""
    phase = 2 * np.pi * cutoff * step
    return phase / (phase + 1)
