"""Endless batches of single crops with named points, streamed from shards on disk."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from hand_geo_keras.geometry.skeleton import NUM_JOINTS
from hand_geo_keras.pipelines.crop_geometry import REACH, ViewJitter, crop_view
from hand_geo_keras.pipelines.crop_sources import ShardViews, decoded
from hand_geo_keras.pipelines.photometric import degrade
from hand_geo_keras.synthetic.wild import Backdrops


class CropStream:
    """Crops of prepared, labelled instants as training samples of a joint detector.

    Some shards at a time are in memory, whatever the size of the folder; which crops
    a batch holds and what happens to them depends only on the seed and the number of
    the batch, so that a training resumes where it stopped. New shards are found when
    the next group of shards is loaded.

    A sample is a crop under another virtual camera (`ViewJitter`), perhaps before
    another background, degraded like a camera's image (`degrade`). A small part shows
    no hand, half a hand, or a mirrored one, for the presence output.

    Args:
        source: Folder(s) of prepared instants, or `PoolViews` of instants in memory.
        batch_size: Crops in a batch.
        seed: int.
        jitter: `ViewJitter`.
        negatives: Fraction of samples without a well-framed hand.
        mirrored: Fraction of samples that show a left hand.
        backgrounds: Folder of photographs for samples without a hand, or None for
            procedural ones alone.
        occluded: Fraction of samples with a piece of another image before the hand.
        photometric: Function of a `np.random.Generator` and a crop: how its colours
            and sharpness change, `degrade` or `recolour`.

    Raises:
        DatasetError: If a folder holds no prepared instants or their sizes differ.

    Example:
        ```python
        stream = CropStream("runs/wild", batch_size=64)
        model.fit(stream.dataset(start=0), steps_per_epoch=1000)
        ```
    """

    def __init__(
        self,
        source: Any,
        batch_size: int,
        seed: int = 0,
        jitter: ViewJitter | None = None,
        negatives: float = 0.2,
        mirrored: float = 0.1,
        backgrounds: Any = None,
        occluded: float = 0.15,
        photometric: Callable = degrade,
    ) -> None:
        self._source = source if hasattr(source, "views") else ShardViews(source)
        self.crop_size = self._source.crop_size
        self._batch_size, self._seed = batch_size, seed
        self._jitter = jitter or ViewJitter()
        self._negatives, self._mirrored = negatives, mirrored
        self._backdrops = Backdrops(backgrounds)
        self._occluded, self._photometric = occluded, photometric

    def dataset(self, start: int = 0, parallel: int = 2) -> Any:
        """Endless `tf.data.Dataset` of `(inputs, targets)` from batch `start` on.

        `inputs`: `{"image": [B, S, S, 3] uint8}`. `targets`: `"points"` `[B, 21, 3]`
        float32 (see `CropView.points`), `"weights"` `[B, 21]` float32, `"scale"` `[B]`
        float32 half the crop's side over the focal length, `"presence"` and `"right"`
        `[B]` float32.
        """
        names, dtypes = zip(*self._signature)

        def load(step):
            values = tf.numpy_function(self._tensors, [step], dtypes)
            for (name, _), value in zip(self._signature, values):
                value.set_shape((self._batch_size, *self._shapes[name]))
            values = dict(zip(names, values))
            return {"image": values.pop("image")}, values

        steps = tf.data.Dataset.range(start, np.iinfo(np.int64).max)
        options = tf.data.Options()
        options.deterministic = True
        # numpy code holds the lock of Python only between OpenCV's calls.
        dataset = steps.map(load, num_parallel_calls=parallel).prefetch(4)
        return dataset.with_options(options)

    _signature = (
        ("image", tf.uint8),
        ("points", tf.float32),
        ("weights", tf.float32),
        ("scale", tf.float32),
        ("presence", tf.float32),
        ("right", tf.float32),
    )

    @property
    def _shapes(self):
        side = self.crop_size
        return {
            "image": (side, side, 3),
            "points": (NUM_JOINTS, 3),
            "weights": (NUM_JOINTS,),
            "scale": (),
            "presence": (),
            "right": (),
        }

    def _tensors(self, step):
        batch = self.batch(int(step))
        return [batch[name] for name, _ in self._signature]

    def batch(self, step: int) -> dict[Any, Any]:
        """The batch of a number: dict of arrays, see `dataset`."""
        cv2.setNumThreads(0)
        views = self._source.views(self._seed, step, self._batch_size)
        rng = np.random.default_rng([self._seed, step])
        picks = rng.integers(len(views), size=(self._batch_size, 2))
        samples = [self._sample(rng, views[a], views[b]) for a, b in picks]
        return {
            name: np.stack([sample[name] for sample in samples]).astype(
                np.dtype(dtype.as_numpy_dtype)
            )
            for name, dtype in self._signature
        }

    def _sample(self, rng, view, other):
        kind = rng.random()
        if kind < self._negatives:
            return self._negative(rng, view, other)
        image = decoded(view["image"])
        if rng.random() < 0.4 and "mask" in view:
            image = _before(image, view, decoded(other["background"]))
        seen = self._jitter.sample(rng, view["focal"], self.crop_size)
        crop = seen.warp(image, view["focal"])
        points = seen.points(view["joints"])
        if rng.random() < self._occluded:
            _occlude(rng, crop, decoded(other["image"]))
        mirrored = rng.random() < self._mirrored
        if mirrored:
            crop = np.ascontiguousarray(crop[:, ::-1])
        weights = (np.abs(points[:, :2]) < REACH).all(1) & view["valid"]
        return {
            "image": self._photometric(rng, crop),
            # NaN of joints without a label would survive their weight, 0.
            "points": np.clip(np.nan_to_num(points), -3, 3),
            "weights": weights * (0.0 if mirrored else 1.0),
            "scale": seen.size / 2 / seen.focal,
            "presence": 1.0,
            "right": 0.0 if mirrored else 1.0,
        }

    def _negative(self, rng, view, other):
        """No hand at all, or a hand that the crop misses by far."""
        focal, size = view["focal"], self.crop_size
        kind = rng.random()
        if kind < 0.5:
            seen = self._jitter.sample(rng, focal, size)
            if kind < 0.15:
                image = decoded(view["background"])
            else:  # faces, arms, wood: what else has a hand's colours
                image = self._backdrops(rng, self._source.stored_size, busy=True)
        else:
            seen = _missed(rng, focal, size)
            image = _on_canvas(decoded(view["image"]), decoded(other["background"]))
        return {
            "image": self._photometric(rng, seen.warp(image, focal)),
            "points": np.zeros((NUM_JOINTS, 3)),
            "weights": np.zeros(NUM_JOINTS),
            "scale": seen.size / 2 / seen.focal,
            "presence": 0.0,
            "right": 0.0,
        }


def _missed(rng, focal, size):
    """A crop that shows part of a hand, or is far too near or too far."""
    roll, angle = rng.uniform(-np.pi, np.pi, 2)
    away = rng.uniform(0.75, 1.1) * np.array([np.cos(angle), np.sin(angle)])
    zoom = np.exp(rng.uniform(-0.2, 0.5))
    if rng.random() < 0.5:  # then it may be centred
        away, zoom = 0.4 * away, np.exp(rng.choice([-1.0, 0.8]) * rng.uniform(0.9, 1.5))
    return crop_view(focal, size, roll, away, zoom)


def _before(image, view, background):
    """Another background behind the same hand; its edge keeps its own mixture."""
    own = decoded(view["background"])
    mask = cv2.imdecode(np.frombuffer(view["mask"], np.uint8), cv2.IMREAD_GRAYSCALE)
    free = (255 - mask)[..., None].astype(np.float32) / 255
    difference = background.astype(np.float32) - own
    return np.clip(image + free * difference, 0, 255).astype(np.uint8)


def _on_canvas(image, background):
    """The crop in the centre of a larger background."""
    side = len(image)
    canvas = cv2.resize(background, (2 * side,) * 2, interpolation=cv2.INTER_LINEAR)
    start = side // 2
    canvas[start : start + side, start : start + side] = image
    return canvas


def _occlude(rng, crop, texture):
    """Lays a textured patch over part of the crop."""
    size = len(crop)
    corners = cv2.boxPoints(
        (
            tuple(map(float, rng.uniform(0, size, 2))),
            tuple(map(float, rng.uniform(0.08, 0.4, 2) * size)),
            float(rng.uniform(0, 90)),
        )
    )
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
    x, y = rng.integers(0, len(texture) - size + 1, 2)
    patch = texture[y : y + size, x : x + size]
    cv2.copyTo(patch, mask, crop)
