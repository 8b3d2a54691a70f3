"""Overlays in a window of OpenCV's."""

import os
import sys
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.viewer.live.latency import LatencyBudget

_TITLE = "hand-geo live - Q or Esc ends it"
_END_KEYS = {ord("q"), 27}


def check_display() -> None:
    """Refuses to open a window where there is no screen.

    Raises:
        RecordingError: On Linux without a display, where Qt would end the process.
    """
    displays = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform == "linux" and not any(map(os.environ.get, displays)):
        raise RecordingError(
            "--window: there is no display; leave it away and open the page instead."
        )


def show_in_window(image: np.ndarray, hands: Any, budget: LatencyBudget) -> bool:
    """Shows an overlay and its speed.

    Args:
        image: `[H, W, 3]` uint8 RGB.
        hands: Its `HandPrediction`s.
        budget: `LatencyBudget`.

    Returns:
        Whether neither Q nor Esc was pressed nor the window closed.
    """
    shown = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    text = f"{budget.milliseconds:.0f} ms, {budget.fps:.0f} frames/s"
    for color, thickness in (((0, 0, 0), 4), ((255, 255, 255), 1)):
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(shown, text, (12, 28), font, 0.8, color, thickness, cv2.LINE_AA)
    cv2.imshow(_TITLE, shown)
    pressed = cv2.waitKey(1) & 0xFF
    closed = cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1
    return pressed not in _END_KEYS and not closed
