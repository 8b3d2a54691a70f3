"""Gives the page the newest overlay."""

import base64
import threading
from http import HTTPStatus
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.viewer.live.latency import LatencyBudget
from hand_geo_keras.viewer.page.request_error import RequestError

_JPEG_QUALITY = 85
# So long a request waits for a frame that is newer than the one the page has.
_WAIT_S = 2.0


class LiveSession:
    """Keeps the newest overlay for pages that ask for it again and again.

    Args:
        name: What the page calls the camera.

    Example:
        ```python
        session = LiveSession("camera 0")
        session.show(overlay, hands, budget)
        session.answer("frame", {"after": -1})["image"]
        ```
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._frame, self._ended = {"frame": -1}, False
        self._changed = threading.Condition()

    def show(self, image: np.ndarray, hands: Any, budget: LatencyBudget) -> bool:
        """Takes the next overlay.

        Args:
            image: `[H, W, 3]` uint8 RGB.
            hands: Its `HandPrediction`s.
            budget: `LatencyBudget`.

        Returns:
            True.
        """
        settings = (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY)
        content = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), settings)
        data = base64.b64encode(content[1]).decode()  # type: ignore[arg-type]
        with self._changed:
            self._frame = {
                "frame": self._frame["frame"] + 1,
                "image": f"data:image/jpeg;base64,{data}",  # type: ignore[dict-item]
                "milliseconds": round(budget.milliseconds, 1),
                "fps": round(budget.fps, 1),
                "hands": [_described(hand) for hand in hands],  # type: ignore[dict-item]
            }
            self._changed.notify_all()
        return True

    def end(self) -> None:
        """Tells the pages that there will be no further frame."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def answer(self, route: str, request: dict[Any, Any]) -> dict[Any, Any]:
        """Answers one request of the page.

        Args:
            route: `"state"`, which gives the camera's name, or `"frame"`.
            request: dict as parsed from JSON; trusted in nothing. `frame`: `after`, the
                number of the frame that the page has; the answer waits for a newer one.

        Returns:
            dict that can be written as JSON. `frame`: its number, and if it is a newer
            one `image`, `milliseconds`, `fps` and `hands`; `ended` where there will be
            no further one.

        Raises:
            RequestError: If there is no such route or the request makes no sense.
        """
        if route == "state":
            return {"name": self._name}
        if route != "frame":
            raise RequestError("There is no such address.", HTTPStatus.NOT_FOUND)
        after = request.get("after", -1) if isinstance(request, dict) else None
        if type(after) is not int:
            raise RequestError("The frame must be a whole number.")
        with self._changed:
            self._changed.wait_for(lambda: self._is_over(after), _WAIT_S)
            if self._frame["frame"] > after:
                return {**self._frame, "ended": False}
            return {"frame": self._frame["frame"], "ended": self._ended}

    def _is_over(self, after):
        return self._ended or self._frame["frame"] > after


def _described(hand):
    wrist = None if hand.wrist is None else hand.wrist.round(1).tolist()
    score = None if hand.score is None else round(hand.score, 2)
    return {"track": hand.track, "side": hand.side, "score": score, "wrist_mm": wrist}
