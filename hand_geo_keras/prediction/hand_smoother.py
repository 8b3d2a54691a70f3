"""Smooths the hands of a video over time, in 3D and in the image."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.one_euro_filter import OneEuroFilter, OneEuroSettings

# A hand box is about 1.4 times as long as a hand of 180 mm. It makes millimetres of
# pixels, so that one setting fits joints in 3D and in images of any size.
_BOX_MM = 250.0
# A centre that moves further from one frame to the next, in sides of the box, is that
# of another hand.
_REPLACED = 1.0


class HandSmoother:
    """Smooths each hand's 3D joints, position and pixels by One-Euro filters.

    The filters of a hand start anew when it was not there in the frame before, and when
    another hand takes its place: its side changes, or its box jumps by its own length.

    Args:
        settings: `OneEuroSettings`, its defaults if None.

    Example:
        ```python
        smooth = HandSmoother()
        for image in video:
            hands = smooth([predict(image)])
        ```
    """

    def __init__(self, settings: OneEuroSettings | None = None) -> None:
        self.settings = settings or OneEuroSettings()
        self._tracks = {}

    def __call__(self, hands: Sequence[HandPrediction]) -> list[HandPrediction]:
        """Smooths the hands of the next frame.

        Args:
            hands: List of `HandPrediction` of one frame, with `time` stamps.

        Returns:
            List of `HandPrediction` with smoothed `joints`, `wrist` and `pixels`.
        """
        before, self._tracks = self._tracks, {}
        return [self._smoothed(hand, before.get(hand.track)) for hand in hands]

    def _smoothed(self, hand, track):
        if track is None or _is_another(track.hand, hand):
            track = _Track(self.settings, hand)
        self._tracks[hand.track] = track
        return track(hand)


class _Track:
    """Filters of one hand, as long as it is in view."""

    def __init__(self, settings: Any, hand: Any) -> None:
        self.hand = hand
        self._mm_per_pixel = _BOX_MM / hand.box[2]
        self._filters = {
            name: OneEuroFilter(settings) for name in ("joints", "wrist", "pixels")
        }

    def __call__(self, hand: Any) -> Any:
        self.hand = hand
        pixels = self._filtered("pixels", hand.pixels * self._mm_per_pixel)
        wrist = hand.wrist
        if wrist is not None:
            wrist = self._filtered("wrist", wrist)
        return dataclasses.replace(
            hand,
            joints=self._filtered("joints", hand.joints),
            wrist=wrist,
            pixels=pixels / self._mm_per_pixel,
        )

    def _filtered(self, name, points):
        return self._filters[name](points, self.hand.time)


def _is_another(last, hand):
    moved = np.linalg.norm(hand.box[:2] - last.box[:2])
    return last.side != hand.side or moved > _REPLACED * last.box[2]
