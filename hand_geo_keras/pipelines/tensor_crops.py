"""Training samples of single crops, made on the accelerator that trains with them."""

from typing import Any

import keras
import numpy as np
from keras import ops

from hand_geo_keras.pipelines.crop_geometry import REACH, ViewJitter
from hand_geo_keras.pipelines.tensor_photometric import Randoms, degrade_batch
from hand_geo_keras.pipelines.tensor_warp import crop_views, warp_batch


class TensorCrops(keras.layers.Layer):
    """`CropStream`'s samples as tensor operations: thousands per second on a GPU.

    A processor warps and degrades some hundred crops per second and core; a GPU trains
    with ten thousand and more. This layer does the same to a batch of stored views with
    the same probabilities, wherever the model is. What differs: each batch has exactly
    its fraction of samples without a hand, which come first, and one sample's
    background or occluder comes from its neighbour in the batch, which therefore must
    be in random order.

    Args:
        crop_size: side of the samples in pixels, a multiple of 16.
        negatives: fraction of samples without a well-framed hand; of these 35 % are
            cut from `"scene"`, 15 % from a view's background and the rest from views
            that miss the hand.
        mirrored: fraction of samples that show a left hand.
        jitter: `ViewJitter`.
        seed: int.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        views: dict of stored views: `"image"`, `"background"` `[B, S, S, 3]` and
            `"mask"` `[B, S, S]` uint8, `"joints"` `[B, 21, 3]` float32 in mm in the
            view's virtual camera, `"focal"` `[B]` float32 in pixels; and `"scene"`
            `[M, S, S, 3]` uint8, at least `scenes_needed(B)` images without a hand.

    Returns:
        `(inputs, targets)` as `CropStream.dataset` yields them, the image as float32.

    Example:

    ```python
    crops = TensorCrops(128)
    inputs, targets = crops(views)
    ```
    """

    def __init__(
        self,
        crop_size: int,
        negatives: float = 0.15,
        mirrored: float = 0.06,
        jitter: ViewJitter | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        kwargs["dtype"] = "float32"
        super().__init__(autocast=False, **kwargs)
        self.crop_size = crop_size
        self.negatives, self.mirrored = negatives, mirrored
        self.jitter = jitter or ViewJitter()
        self.seed = keras.random.SeedGenerator(seed)
        self.built = True

    def scenes_needed(self, batch_size: int) -> int:
        """Number of images without a hand that a batch takes."""
        return round(0.35 * self._without_hand(batch_size))

    def call(self, views: Any) -> Any:
        count = views["focal"].shape[0]
        without = self._without_hand(count)
        scenes = self.scenes_needed(count)
        empty = round(0.15 * without)
        image = _float(views["image"])
        own, focal = _float(views["background"]), views["focal"]
        other = ops.roll(own, 1, axis=0)
        hand_part = slice(without, None)
        composed = self._recomposed(
            image[hand_part],
            own[hand_part],
            other[hand_part],
            _float(views["mask"])[hand_part, ..., None] / 255,
        )
        free = ops.concatenate([_float(views["scene"])[:scenes], own[scenes:][:empty]])
        # Framed like a hand: what has none, and hands.
        framed = slice(0, scenes + empty)
        stored_focal = ops.concatenate([focal[framed], focal[hand_part]])
        rotation, new_focal = self._views(stored_focal)
        crops = warp_batch(
            ops.concatenate([free, composed]),
            stored_focal,
            rotation,
            new_focal,
            self.crop_size,
        )
        missed = slice(scenes + empty, without)
        missing, missing_focal = self._missed(
            image[missed], other[missed], focal[missed]
        )
        first = scenes + empty
        hands = self._occluded(crops[first:], ops.roll(image[hand_part], 2, axis=0))
        hands, mirrored = self._mirrored(hands)
        points = _points(
            views["joints"][hand_part], rotation[first:], new_focal[first:] / self._half
        )
        images = ops.concatenate([crops[:first], missing, hands])
        all_focals = ops.concatenate(
            [new_focal[:first], missing_focal, new_focal[first:]]
        )
        return self._samples(images, all_focals, points, mirrored, without)

    def compute_output_spec(self, views: Any) -> Any:
        return keras.backend.compute_output_spec(self.call, views)

    @property
    def _half(self):
        return self.crop_size / 2

    def _without_hand(self, count):
        return round(self.negatives * count)

    def _samples(self, images, focals, points, mirrored, without):
        right = 1.0 - ops.cast(mirrored, "float32")
        inside = ops.all(ops.abs(points[..., :2]) < REACH, axis=-1)
        weights = ops.cast(inside, "float32") * right[:, None]
        nothing = ops.zeros((without,), "float32")
        present = ops.concatenate([nothing, ops.ones_like(right)])
        targets = {
            "points": ops.pad(
                ops.clip(points, -3.0, 3.0), [(without, 0), (0, 0), (0, 0)]
            ),
            "weights": ops.pad(weights, [(without, 0), (0, 0)]),
            "scale": self._half / focals,
            "presence": present,
            "right": ops.concatenate([nothing, right]),
        }
        return {"image": degrade_batch(images, self.seed)}, targets

    def _views(self, focal):
        """`ViewJitter.sample` for a batch."""
        jitter, rng = self.jitter, Randoms(focal.shape[0], self.seed)
        roll = rng.uniform(-1, 1) * float(np.radians(jitter.roll_degrees))
        any_roll = rng.uniform(-float(np.pi), float(np.pi))
        roll = ops.where(rng.chance(jitter.any_roll), any_roll, roll)
        shift = ops.clip(rng.normal(0, jitter.shift, 2), -0.4, 0.4)
        zoom = ops.exp(ops.clip(rng.normal(-0.02, jitter.zoom), -0.45, 0.45))
        return crop_views(focal, self.crop_size, roll, shift, zoom)

    def _missed(self, image, background, focal):
        """Crops that show part of a hand, or are far too near or too far."""
        rng, stored = Randoms(focal.shape[0], self.seed), image.shape[1]
        roll = rng.uniform(-float(np.pi), float(np.pi))
        angle = rng.uniform(-float(np.pi), float(np.pi))
        away = ops.stack([ops.cos(angle), ops.sin(angle)], axis=-1)
        away = away * rng.uniform(0.75, 1.1, 1)
        zoom = ops.exp(rng.uniform(-0.2, 0.5))
        centred = rng.chance(0.5)
        sign = ops.where(rng.chance(0.5), 0.8, -1.0)
        extreme = ops.exp(sign * rng.uniform(0.9, 1.5))
        away = ops.where(centred[:, None], 0.4 * away, away)
        zoom = ops.where(centred, extreme, zoom)
        rotation, new_focal = crop_views(focal, self.crop_size, roll, away, zoom)
        canvas = ops.image.resize(background, (2 * stored,) * 2)
        edge = [(0, 0), (stored // 2,) * 2, (stored // 2,) * 2, (0, 0)]
        inside = ops.pad(ops.ones_like(image[..., :1]), edge)
        canvas = ops.where(inside > 0, ops.pad(image, edge), canvas)
        crops = warp_batch(canvas, focal, rotation, new_focal, self.crop_size)
        return crops, new_focal

    def _recomposed(self, image, own, other, mask):
        """Another background behind 40 % of the hands."""
        rng = Randoms(image.shape[0], self.seed)
        exchanged = ops.cast(rng.chance(0.4), "float32")[:, None, None, None]
        return ops.clip(image + exchanged * (1 - mask) * (other - own), 0.0, 255.0)

    def _occluded(self, crops, textures):
        """Textured rectangles over part of 15 % of the crops."""
        count, size = crops.shape[:2]
        rng = Randoms(count, self.seed)
        cell = np.arange(size, dtype=np.float32)
        centre, extent = rng.uniform(0, size, 2), rng.uniform(0.08, 0.4, 2) * size
        angle = rng.uniform(0, float(np.pi / 2))[:, None, None]
        x = cell[None, None] - centre[:, :1, None]
        y = cell[None, :, None] - centre[:, 1:, None]
        along = ops.abs(ops.cos(angle) * x + ops.sin(angle) * y)
        across = ops.abs(ops.cos(angle) * y - ops.sin(angle) * x)
        covered = (along < extent[:, :1, None] / 2) & (across < extent[:, 1:, None] / 2)
        covered = covered & rng.chance(0.15)[:, None, None]
        start = (textures.shape[1] - size) // 2
        textures = textures[:, start : start + size, start : start + size]
        return ops.where(covered[..., None], textures, crops)

    def _mirrored(self, crops):
        mirrored = Randoms(crops.shape[0], self.seed).chance(self.mirrored)
        flipped = ops.flip(crops, axis=2)
        return ops.where(mirrored[:, None, None, None], flipped, crops), mirrored


def _points(joints, rotation, scale):
    """`CropView.points` for a batch; `scale` is the focal length in half crops."""
    joints = ops.einsum("bjk,bik->bji", joints, rotation)
    scale = scale[:, None, None]
    xy = joints[..., :2] / joints[..., 2:] * scale
    z = (joints[..., 2:] / joints[:, :1, 2:] - 1) * scale
    return ops.concatenate([xy, z], axis=-1)


def _float(values):
    return ops.cast(values, "float32")
