"""What cameras do to crops, as tensor operations on whole batches: for accelerators."""

import functools
from typing import Any

import keras
import numpy as np
from keras import ops

from hand_geo_keras.pipelines.tensor_warp import sample_bilinear

_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]],
    np.float32,
)
_LUMA = _TO_YCC[0]  # Rec. 601
_BLOCK = 8
_MOTION_SAMPLES = 9
_MOTION_PART = 0.15
# Quantisation tables of the JPEG standard's annex K, luminance and chrominance.
_LUMA_TABLE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
_CHROMA_TABLE = np.full((8, 8), 99, np.float32)
_CHROMA_TABLE[:4, :4] = [
    [17, 18, 24, 47],
    [18, 21, 26, 66],
    [24, 26, 56, 99],
    [47, 66, 99, 99],
]


class Randoms:
    """Uniform and normal random numbers per image, from one seed generator.

    Args:
        count: B, number of images.
        seed: `keras.random.SeedGenerator`.
    """

    def __init__(self, count: int, seed: Any) -> None:
        self.count, self._seed = count, seed

    def uniform(self, low: float = 0.0, high: float = 1.0, *shape: int) -> Any:
        """`[B, *shape]` float32."""
        return keras.random.uniform((self.count, *shape), low, high, seed=self._seed)

    def normal(self, mean: float = 0.0, std: float = 1.0, *shape: int) -> Any:
        """`[B, *shape]` float32."""
        return keras.random.normal((self.count, *shape), mean, std, seed=self._seed)

    def chance(self, probability: float) -> Any:
        """`[B]` bool."""
        return self.uniform() < probability


def degrade_batch(images: Any, seed: Any) -> Any:
    """As `photometric.degrade`, for a batch and on whatever device holds it.

    The same changes with the same probabilities and ranges: colour, resolution,
    defocus, motion blur, sharpening, noise and JPEG. What differs: motion blur is given
    to a fixed part of each batch, and JPEG is modelled (4:2:0, quantised 8x8 cosine
    transforms) instead of coded.

    Args:
        images: `[B, S, S, 3]` float RGB in 0..255; S a multiple of 16.
        seed: `keras.random.SeedGenerator`.

    Returns:
        `[B, S, S, 3]` float32 whole numbers in 0..255.

    Example:

    ```python
    seed = keras.random.SeedGenerator(0)
    degrade_batch(np.full((4, 128, 128, 3), 128.0), seed)
    ```
    """
    rng = Randoms(images.shape[0], seed)
    images = _recoloured(rng, ops.cast(images, "float32"))
    images = _resampled(rng, images)
    images = _motion_blurred(rng, images, seed)
    images = ops.clip(_noisy(rng, images), 0.0, 255.0)
    compressed = jpeg(images, rng.uniform(18, 92))
    images = ops.where(_per_image(rng.chance(0.4)), compressed, images)
    return ops.round(ops.clip(images, 0.0, 255.0))


def _per_image(values):
    return values[:, None, None, None]


def _recoloured(rng, images):
    """Hue, saturation, white balance, contrast and gamma."""
    saturation = ops.where(rng.chance(0.04), 0.0, rng.uniform(0.4, 1.35))[:, None, None]
    mix = saturation * np.eye(3, dtype=np.float32) + (1 - saturation) * _LUMA
    mix = mix + rng.normal(0, 0.03, 3, 3)
    mixed = ops.einsum("bhwc,bdc->bhwd", images, mix)
    level = ops.clip(mixed / 255, 1e-4, 1.0)
    gain = ops.exp(rng.normal(-0.03, 0.22, 1) + rng.normal(0, 0.08, 3))[:, None, None]
    pivot, contrast, gamma = (
        _per_image(values)
        for values in (
            rng.uniform(0.3, 0.6),
            ops.exp(rng.normal(0, 0.18)),
            ops.exp(rng.normal(0, 0.28)),
        )
    )
    curve = (level**gamma * gain - pivot) * contrast + pivot
    curve = curve + rng.normal(0, 0.04, 1, 1, 1)
    changed = ops.clip(curve * 255, 0.0, 255.0)
    return ops.where(_per_image(rng.chance(0.9)), changed, images)


def _resampled(rng, images):
    """Low resolution, then defocus or sharpening, as products with matrices."""
    side = images.shape[1]
    small = ops.exp(rng.uniform(float(np.log(22)), float(np.log(0.9 * side))))
    low = ops.where(rng.chance(0.5), ops.floor(small), float(side))
    matrix = resizing_matrices(low, rng.chance(0.8), rng.chance(0.7), side)
    images = along_both_axes(matrix, images)
    kind = rng.uniform()
    defocus, sharpen = kind < 0.15, kind > 0.9
    sigma = ops.where(defocus, rng.uniform(0.4, 1.8), rng.uniform(0.8, 2.0))
    soft = along_both_axes(blurring_matrices(sigma, side), images)
    amount = ops.where(sharpen, rng.uniform(0.3, 1.5), ops.where(defocus, -1.0, 0.0))
    return ops.clip(images + _per_image(amount) * (images - soft), 0.0, 255.0)


def along_both_axes(matrix: Any, images: Any) -> Any:
    """Applies matrices `[B, S, S]` to rows and columns of images `[B, S, S, C]`."""
    rows = ops.einsum("bij,bjwc->biwc", matrix, images)
    return ops.einsum("bij,bhjc->bhic", matrix, rows)


def resizing_matrices(low: Any, by_area: Any, linearly: Any, side: int) -> Any:
    """Reducing and enlarging again, as `cv2.resize` does along one axis.

    Args:
        low: `[B]` float32, pixels of the reduced images, `side` at most.
        by_area: `[B]` bool, whether to reduce by area (else bilinearly).
        linearly: `[B]` bool, whether to enlarge bilinearly (else bicubically).
        side: S, pixels of the images.

    Returns:
        `[B, S, S]` float32.
    """
    cell = np.arange(side, dtype=np.float32)
    factor = (side / low)[:, None, None]
    # Rows are the reduced image's pixels, those from `low` on are not used.
    start, end = cell[:, None] * factor, (cell[:, None] + 1) * factor
    overlap = ops.minimum(end, cell + 1) - ops.maximum(start, cell)
    area = ops.maximum(overlap, 0.0) / factor
    at = ops.clip((cell[:, None] + 0.5) * factor - 0.5, 0.0, side - 1.0)
    nearest = ops.maximum(1 - ops.abs(at - cell), 0.0)
    reduce = ops.where(by_area[:, None, None], area, nearest)
    last = (low - 1)[:, None, None]
    at = ops.clip((cell[:, None] + 0.5) / factor - 0.5, 0.0, last)  # [B, S, 1]
    away = ops.abs(at - cell)
    linear = ops.maximum(1 - away, 0.0)
    cubic = ops.where(cell <= last, _cubic(away), 0.0)
    cubic = cubic / ops.sum(cubic, axis=-1, keepdims=True)
    enlarge = ops.where(linearly[:, None, None], linear, cubic)
    return ops.matmul(enlarge, reduce)


def _cubic(away):
    """Keys' kernel as OpenCV has it, a = -0.75."""
    near = (1.25 * away - 2.25) * away**2 + 1
    far = -0.75 * (((away - 5) * away + 8) * away - 4)
    return ops.where(away < 1, near, ops.where(away < 2, far, 0.0))


def blurring_matrices(sigma: Any, side: int) -> Any:
    """Gaussian blurs of std `sigma` `[B]` in pixels along one axis, `[B, S, S]`."""
    cell = np.arange(side, dtype=np.float32)
    squares = (cell[:, None] - cell) ** 2
    weights = ops.exp(-squares / (2 * sigma[:, None, None] ** 2))
    return weights / ops.sum(weights, axis=-1, keepdims=True)


def _motion_blurred(rng, images, seed):
    """Blurs a part of the batch, another one each time."""
    count, side = images.shape[:2]
    part = max(int(_MOTION_PART * count), 1)
    turn = keras.random.randint((), 0, count, seed=seed)
    order = (ops.arange(count) + turn) % count
    moving = ops.take(images, order[:part], axis=0)
    length, angle = rng.uniform(2, 11)[:part], rng.uniform(0, float(np.pi))[:part]
    step = ops.stack([ops.cos(angle), ops.sin(angle)], axis=-1) * length[:, None]
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    cells = np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float32)
    total = 0.0
    for amount in np.linspace(-0.5, 0.5, _MOTION_SAMPLES).astype(np.float32):
        at = cells[None] + amount * step[:, None]
        total = total + sample_bilinear(moving, at)
    blurred = ops.reshape(total / _MOTION_SAMPLES, (part, side, side, 3))
    rest = ops.take(images, order[part:], axis=0)
    rolled = ops.concatenate([blurred, rest], axis=0)
    return ops.take(rolled, (ops.arange(count) - turn) % count, axis=0)


def _noisy(rng, images):
    """White, mostly grey, or coarse noise, in half of the images."""
    side = images.shape[1]
    white = rng.normal(0, 1, side, side, 3)
    grey = (0.7 * white[..., :1] + 0.5 * white) / np.sqrt(0.74 + 0.7 / 3)
    sigma = np.full(rng.count, 0.9, np.float32)
    coarse = along_both_axes(blurring_matrices(sigma, side), white)
    coarse = coarse * (2 * 0.9 * np.sqrt(np.pi))  # unit variance again
    kind = _per_image(rng.uniform(0, 3))
    noise = ops.where(kind < 1, white, ops.where(kind < 2, grey, coarse))
    strength = ops.exp(rng.uniform(float(np.log(1.5)), float(np.log(16))))
    strength = ops.where(rng.chance(0.5), strength, 0.0)
    return images + _per_image(strength) * noise


def jpeg(images: Any, quality: Any) -> Any:
    """What JPEG of a quality leaves, with chroma at half the resolution.

    Args:
        images: `[B, S, S, 3]` float32 RGB in 0..255; S a multiple of 16.
        quality: `[B]` float32 in 1..100.

    Returns:
        `[B, S, S, 3]` float32, not clipped.
    """
    scale = ops.where(quality < 50, 50 / quality, 2 - quality / 50)[:, None, None]
    ycc = ops.einsum("bhwc,dc->bhwd", images, _TO_YCC)
    luma = _quantised(ycc[..., :1] - 128, ops.maximum(scale * _LUMA_TABLE, 1.0)) + 128
    half = ops.average_pool(ycc[..., 1:], 2, 2)
    half = _quantised(half, ops.maximum(scale * _CHROMA_TABLE, 1.0))
    chroma = ops.image.resize(half, images.shape[1:3])  # decoders interpolate
    ycc = ops.concatenate([luma, chroma], axis=-1)
    to_rgb = np.linalg.inv(_TO_YCC).astype(np.float32)
    return ops.einsum("bhwc,dc->bhwd", ycc, to_rgb)


def _quantised(channels, table):
    """Quantised 8x8 cosine transforms of `[B, h, w, C]` by tables `[B, 8, 8]`."""
    _, height, width, count = channels.shape
    shape = (-1, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK, count)
    blocks = ops.reshape(channels, shape)
    cosines = _cosines()
    spectrum = ops.einsum("ui,bminjc,vj->bmnuvc", cosines, blocks, cosines)
    table = table[:, None, None, :, :, None]
    spectrum = ops.round(spectrum / table) * table
    blocks = ops.einsum("ui,bmnuvc,vj->bminjc", cosines, spectrum, cosines)
    return ops.reshape(blocks, (-1, height, width, count))


@functools.cache
def _cosines():
    """Orthonormal DCT-II, `[8, 8]`."""
    k = np.arange(_BLOCK)
    matrix = np.cos(np.pi * (k + 0.5) * k[:, None] / _BLOCK) * np.sqrt(2 / _BLOCK)
    matrix[0] /= np.sqrt(2)
    return matrix.astype(np.float32)
