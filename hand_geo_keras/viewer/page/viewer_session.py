"""Answers the page's questions: which hands are there, and how do they look."""

import collections
import dataclasses
import hashlib
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import numpy as np

from hand_geo_keras.geometry.skeleton import EDGES, JOINT_COLORS
from hand_geo_keras.viewer.page.images import (
    blurred_background,
    border_color_background,
    decode_image,
    png_url,
    resized,
)
from hand_geo_keras.viewer.page.request_error import RequestError
from hand_geo_keras.viewer.page.samples import Sample
from hand_geo_keras.viewer.page.view_rotation import view_rotation

_BACKGROUNDS = ("own", "color", "blur")


@dataclasses.dataclass(frozen=True, eq=False)
class _EncodedImage:
    image: np.ndarray  # [S, S, 3] uint8
    background: np.ndarray  # the sample's own, else one of the border's colour
    codes: list  # per model
    joints: list  # per model, [21, 3] or None


class ViewerSession:
    """Images, encoded once, and models that render them from every side.

    Safe to be called from several threads: the models run one at a time.

    Args:
        models: List of one or two `ViewModel`s.
        samples: List of `Sample`s to choose from.
        cache_size: Number of encoded images that are kept.

    Example:
        ```python
        session = ViewerSession([load_view_model("runs/my_rig")], render_samples())
        hand = session.answer("encode", {"sample": 0})["image"]
        session.answer("render", {"image": hand, "yaw": 30})["views"][0]
        ```
    """

    def __init__(
        self, models: Any, samples: Sequence[Sample] = (), cache_size: int = 64
    ) -> None:
        self.models = list(models)
        self.samples = list(samples)
        self._cache_size = cache_size
        self._cache = collections.OrderedDict()
        self._lock = threading.Lock()
        self._routes = {
            "state": self._state,
            "encode": self._encode,
            "render": self._render,
        }

    def answer(self, route: str, request: dict[Any, Any]) -> dict[Any, Any]:
        """Answers one request.

        Args:
            route: `"state"`, `"encode"` or `"render"`.
            request: dict as parsed from JSON; trusted in nothing.
                `state`: nothing. `encode`: `image` (JPEG or PNG as base64) or
                `sample` (its number). `render`: `image` and optionally `appearance`
                (as `encode` called them), `yaw`, `pitch`, `roll` in degrees,
                `background` (`"own"`, `"color"`, `"blur"` or a sample's number).

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
        image = self.samples[0].image if self.samples else np.zeros((8, 8, 3), "u1")
        encoded = self._encoded(image, None)[1]
        self._synthesize(encoded, encoded, np.eye(3), encoded.background)

    def _state(self, request):
        return {
            "models": [
                {"name": model.name, "pose": model.pose_model is not None}
                for model in self.models
            ],
            "samples": [
                {"name": sample.name, "png": png_url(sample.image)}
                for sample in self.samples
            ],
            "edges": EDGES,
            "joint_colors": JOINT_COLORS,
        }

    def _encode(self, request):
        if "sample" in request:
            sample = self._sample(request["sample"])
            key, encoded = self._encoded(sample.image, sample.background)
        elif "image" in request:
            key, encoded = self._encoded(decode_image(request["image"]), None)
        else:
            raise RequestError("Give either an image or the number of a sample.")
        return {
            "image": key,
            "png": png_url(encoded.image),
            "latent_3d": [_rounded(codes["latent_3d"][0]) for codes in encoded.codes],
            "joints": [_rounded(joints) for joints in encoded.joints],
        }

    def _render(self, request):
        start = time.perf_counter()
        encoded = self._cached(request.get("image"))
        looks = encoded
        if request.get("appearance") is not None:
            looks = self._cached(request["appearance"])
        rotation = view_rotation(
            *(_angle(request, n) for n in ("yaw", "pitch", "roll"))
        )
        background = self._background(request.get("background", "own"), encoded)
        views = self._synthesize(encoded, looks, rotation, background)
        return {
            "views": [png_url(view) for view in views],
            "rotation": _rounded(rotation, 6),
            "milliseconds": round(1e3 * (time.perf_counter() - start), 2),
        }

    def _synthesize(self, encoded, looks, rotation, background):
        with self._lock:
            return [
                model.synthesize(
                    codes, other, rotation, resized(background, model.crop_size)
                )
                for model, codes, other in zip(self.models, encoded.codes, looks.codes)
            ]

    def _encoded(self, image, background):
        """`(key, _EncodedImage)`, from the cache if it is there."""
        digest = hashlib.sha256(str(image.shape).encode())
        digest.update(np.ascontiguousarray(image))
        digest.update(b"" if background is None else np.ascontiguousarray(background))
        key = digest.hexdigest()[:32]
        with self._lock:
            if key not in self._cache:
                self._cache[key] = self._run_models(image, background)
            self._cache.move_to_end(key)
            while len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
            return key, self._cache[key]

    def _run_models(self, image, background):
        if background is None:
            background = border_color_background(image)
        codes, joints = [], []
        for model in self.models:
            codes.append(model.encode(resized(image, model.crop_size)))
            size = model.pose_crop_size
            joints.append(size and model.predict(resized(image, size)))
        return _EncodedImage(image, background, codes, joints)

    def _cached(self, key):
        with self._lock:
            if not isinstance(key, str) or key not in self._cache:
                raise RequestError(
                    "This image is not known any more; choose it again.",
                    HTTPStatus.NOT_FOUND,
                )
            self._cache.move_to_end(key)
            return self._cache[key]

    def _background(self, choice, encoded):
        if choice == "own":
            return encoded.background
        if choice == "color":
            return border_color_background(encoded.image)
        if choice == "blur":
            return blurred_background(encoded.image)
        if isinstance(choice, str):
            raise RequestError(
                f"The background must be one of {', '.join(_BACKGROUNDS)} or the "
                "number of a sample."
            )
        return self._sample(choice).background

    def _sample(self, number):
        # bool is an int to Python, but no number to a person.
        if type(number) is not int or not 0 <= number < len(self.samples):
            raise RequestError(
                f"The sample must be a number from 0 to {len(self.samples) - 1}."
                if self.samples
                else "There are no samples."
            )
        return self.samples[number]


def _angle(request, name):
    value = request.get(name, 0)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not abs(value) <= 1e4:  # NaN is refused too
        raise RequestError(f"The {name} must be an angle in degrees.")
    return value


def _rounded(array, decimals=3):
    return None if array is None else np.round(np.float64(array), decimals).tolist()
