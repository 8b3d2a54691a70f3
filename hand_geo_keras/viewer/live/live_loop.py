"""From a camera's images to overlays, one after the other, each stage timed."""

import dataclasses
import time
from typing import Any

from hand_geo_keras.prediction.annotated_images import annotated
from hand_geo_keras.prediction.hand_smoother import HandSmoother
from hand_geo_keras.viewer.live.latency import LatencyBudget


def run_live(
    stream: Any,
    follow: Any,
    smooth: HandSmoother,
    show: Any,
    budget: LatencyBudget,
    max_frames: int | None = None,
) -> None:
    """Predicts the newest image of a camera again and again, until it ends.

    Args:
        stream: `CameraStream` whose context is entered.
        follow: Function from image, source and frame to a list of `HandPrediction`, as
            `JointPredictor.tracker` makes it.
        smooth: `HandSmoother`, or None.
        show: Function `(image, hands, budget) -> bool` that shows an overlay,
            `[H, W, 3]` uint8 RGB, and tells whether to continue.
        budget: `LatencyBudget` that takes the times of every frame.
        max_frames: Number of frames to stop after, or None.

    Example:
        ```python
        with CameraStream(0) as stream:
            budget = LatencyBudget()
            run_live(stream, predictor.tracker(), HandSmoother(), show, budget)
        ```
    """
    for count, taken in enumerate(stream):
        clock = _Clock(taken.ready)
        seconds = {"decode": taken.decode_s, "wait": clock.lap()}
        # Consecutive frames are those that are seen, whatever the camera gave between.
        hands = [
            dataclasses.replace(hand, time=taken.time)
            for hand in follow(taken.image, "camera", count)
        ]
        seconds["network"] = clock.lap()
        if smooth is not None:
            hands = smooth(hands)
        seconds["smooth"] = clock.lap()
        overlay = annotated(taken.image, hands)
        seconds["overlay"] = clock.lap()
        proceed = show(overlay, hands, budget)
        seconds["show"] = clock.lap()
        budget.add(seconds)
        if not proceed or count + 1 == max_frames:
            return


class _Clock:
    """Seconds from one lap to the next."""

    def __init__(self, start: Any) -> None:
        self._last = start

    def lap(self):
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        return passed
