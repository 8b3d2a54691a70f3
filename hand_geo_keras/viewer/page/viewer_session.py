"""Answers the page's questions: which hands are there, and how do they look."""

import collections
import secrets
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import EDGES, FINGER_COLORS, JOINT_COLORS
from hand_geo_keras.prediction.hand_finder import PRESET, HandFinder
from hand_geo_keras.prediction.keypoint_files import keypoints_csv, keypoints_json
from hand_geo_keras.viewer.page import request_fields as fields
from hand_geo_keras.viewer.page.encoded_hand import encode_hand, rounded, shown_crop
from hand_geo_keras.viewer.page.hand_image import HandImage, as_right, key_of
from hand_geo_keras.viewer.page.hand_sources import HandSources
from hand_geo_keras.viewer.page.images import (
    blurred_background,
    border_color_background,
    png_url,
    resized,
)
from hand_geo_keras.viewer.page.request_error import RequestError
from hand_geo_keras.viewer.page.samples import Sample
from hand_geo_keras.viewer.page.view_rotation import view_rotation

_BACKGROUNDS = ("own", "color", "blur")
_MIRROR = np.diag([-1.0, 1.0, 1.0])


class ViewerSession:
    """Images, encoded once, and models that render them from every side.

    Safe to be called from several threads: the models run one at a time.

    Args:
        models: List of one or two `ViewModel`s.
        samples: List of `Sample`s to choose from.
        cache_size: Number of encoded images that are kept.
        recording: `Recording` to look through, or None.
        finder: What finds hands in whole images, as `HandFinder`; by default the
            first model that can, else the preset `hand_128`.

    Example:
        ```python
        session = ViewerSession([load_view_model("runs/my_rig")], render_samples())
        hand = session.answer("encode", {"sample": 0})["image"]
        session.answer("render", {"image": hand, "yaw": 30})["views"][0]
        ```
    """

    def __init__(
        self,
        models: Any,
        samples: Sequence[Sample] = (),
        cache_size: int = 64,
        recording: Any = None,
        finder: Any = None,
    ) -> None:
        self.models = list(models)
        able = [model.pose_model for model in self.models if model.finds_hands]
        self.finder = finder or HandFinder(*able[:1] or [PRESET])
        self.sources = HandSources(samples, self.finder, recording)
        self._name = secrets.token_hex(8)  # differs when the server was restarted
        self._cache_size = cache_size
        self._cache = collections.OrderedDict()
        self._lock = threading.Lock()
        self._routes = {
            "alive": self._alive,
            "state": self._state,
            "find": self.sources.find,
            "encode": self._encode,
            "track": self._track,
            "frame": self._frame,
            "render": self._render,
            "keypoints": self._keypoints,
        }

    @property
    def samples(self) -> list[Sample]:
        """List of `Sample`s to choose from."""
        return self.sources.samples

    def answer(self, route: str, request: dict[Any, Any]) -> dict[Any, Any]:
        """Answers one request.

        Args:
            route: One of those below.
            request: dict as parsed from JSON; trusted in nothing. Images are JPEG or
                PNG files as base64, boxes `[centre x, centre y, side]` in pixels.
                `alive`, `state`: nothing. `find`: `image`. `encode`: `sample` (its
                number), or `image` and optionally `box` and `side`; without a box the
                hand is found. `track`: `image` and `stream`, any text that the images
                of a video have in common. `frame`: `camera` (its name), `frame` (its
                number) and optionally `box` and `side`. `render`: `image` and
                optionally `appearance` (as `encode` called them), `yaw`, `pitch`,
                `roll` in degrees, `background` (`"own"`, `"color"`, `"blur"` or a
                sample's number). `keypoints`: `image` and `format` (`"json"` or
                `"csv"`).

        Returns:
            dict that can be written as JSON.

        Raises:
            RequestError: If there is no such route or the request makes no sense.
        """
        if route not in self._routes:
            raise RequestError("There is no such address.", HTTPStatus.NOT_FOUND)
        if not isinstance(request, dict):
            raise RequestError("The request must be a JSON object.")
        return self._routes[route](request)

    def warm_up(self) -> None:
        """Traces all graphs, so that the first visitor does not wait for them."""
        image = self.samples[0].image if self.samples else np.zeros((64, 64, 3), "u1")
        side = image.shape[0]
        given = HandImage(image, np.array([(side - 1) / 2, (side - 1) / 2, side]))
        encoded = self._encoded(given)
        self._synthesize(encoded, encoded, np.eye(3), encoded.backgrounds)

    def _alive(self, request):
        return {"session": self._name}

    def _state(self, request):
        frames = self.sources.frames
        return {
            "session": self._name,
            "models": [
                {
                    "name": model.name,
                    "pose": model.pose_model is not None,
                    "views": model.synthesizer is not None,
                }
                for model in self.models
            ],
            "samples": [
                {"name": sample.name, "png": png_url(sample.image)}
                for sample in self.samples
            ],
            "recording": frames and frames.state(),
            "edges": EDGES,
            "joint_colors": JOINT_COLORS,
            "fingers": {**FINGER_COLORS, "wrist": JOINT_COLORS[0]},
        }

    def _encode(self, request):
        given, found = self.sources.chosen(request)
        return self._told(given, found)

    def _track(self, request):
        given, found = self.sources.followed(request)
        return {"image": None} if given is None else self._told(given, found)

    def _frame(self, request):
        given, found, seen = self.sources.frame(request)
        if given is None:
            return {"image": None, **seen}
        hands = self._encoded(given, found).hands
        wrists = [hand.wrist for hand in hands if hand is not None]
        place = self.sources.frames.place(given.camera, wrists[0]) if wrists else None
        return {**self._told(given, found), **seen, "place": place}

    def _told(self, given, found):
        """What the page is told of a hand, and of who found it how surely."""
        models = [m.name for m in self.models if m.pose_model is self.finder.model]
        by = found and {"by": [*models, PRESET][0], "score": found.score}
        return {**self._encoded(given, found).answer, "found": by}

    def _render(self, request):
        start = time.perf_counter()
        encoded = self._cached(request.get("image"))
        looks = encoded
        if request.get("appearance") is not None:
            looks = self._cached(request["appearance"])
        rotation = view_rotation(
            *(fields.angle_of(request, n) for n in ("yaw", "pitch", "roll"))
        )
        backgrounds = self._backgrounds(request.get("background", "own"), encoded)
        views = self._synthesize(encoded, looks, rotation, backgrounds)
        return {
            "views": [None if view is None else png_url(view) for view in views],
            "rotation": rounded(rotation, 6),
            "milliseconds": round(1e3 * (time.perf_counter() - start), 2),
        }

    def _keypoints(self, request):
        """The file that `hand-geo predict` would write; of each model's hand."""
        encoded = self._cached(request.get("image"))
        named = zip(self.models, encoded.hands)
        hands = {model.name: hand for model, hand in named if hand is not None}
        if not hands:
            raise RequestError("No model predicts joints here.")
        kind = request.get("format")
        if kind == "json":
            text = keypoints_json(hands.values(), model=", ".join(hands))
        elif kind == "csv":
            text = keypoints_csv(hands.values())
        else:
            raise RequestError("The format must be json or csv.")
        return {"name": f"joints.{kind}", "text": text}

    def _synthesize(self, encoded, looks, rotation, backgrounds):
        """A view per model, None where it has no decoder."""
        if encoded.side == "left":
            rotation = _MIRROR @ rotation @ _MIRROR
        given = zip(self.models, encoded.codes, looks.codes, backgrounds)
        with self._lock:
            views = [
                None if codes is None else model.synthesize(codes, other, rotation, b)
                for model, codes, other, b in given
            ]
        return [None if v is None else as_right(v, encoded.side) for v in views]

    def _encoded(self, given, found=None):
        """The `EncodedHand` of a `HandImage`, from the cache if it is there."""
        shown = shown_crop(given)
        key = key_of(given, shown, found)
        with self._lock:
            if key not in self._cache:
                known = {self.finder.model: found} if found is not None else {}
                self._cache[key] = encode_hand(self.models, given, known, shown, key)
            self._cache.move_to_end(key)
            while len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
            return self._cache[key]

    def _cached(self, key):
        with self._lock:
            if not isinstance(key, str) or key not in self._cache:
                raise RequestError(
                    "This image is not known any more; choose it again.",
                    HTTPStatus.NOT_FOUND,
                )
            self._cache.move_to_end(key)
            return self._cache[key]

    def _backgrounds(self, choice, encoded):
        if choice == "own":
            return encoded.backgrounds
        if choice == "color":
            return [border_color_background(crop) for crop in encoded.crops]
        if choice == "blur":
            return [blurred_background(crop) for crop in encoded.crops]
        if isinstance(choice, str):
            raise RequestError(
                f"The background must be one of {', '.join(_BACKGROUNDS)} or the "
                "number of a sample."
            )
        chosen = as_right(self.sources.sample(choice).background, encoded.side)
        return [resized(chosen, model.crop_size) for model in self.models]
