"""Backgrounds of rendered crops: photographs, rooms, people, textures."""

import functools
import hashlib
import pathlib
from pathlib import Path

import cv2
import numpy as np

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.synthetic.wild.desk_clutter import add_folds, add_keys, add_sheet
from hand_geo_keras.synthetic.wild.strokes import dull_colour, fill, line, skin_colour

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
_MAX_SIDE = 1600  # larger photographs are reduced when they are loaded


class Backdrops:
    """Samples backgrounds of crops.

    Args:
        folder: Folder of photographs to cut backgrounds from, searched recursively,
            or None for procedural backgrounds only.

    Raises:
        RecordingError: If the folder holds no image that can be read.

    Example:
        >>> import numpy as np
        >>> Backdrops()(np.random.default_rng(0), 64).shape
        (64, 64, 3)
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._photos = () if folder is None else _load_photos(str(folder))

    @property
    def fingerprint(self) -> str:
        """Text that differs whenever the photographs differ."""
        digest = hashlib.sha256()
        for photo in self._photos:
            digest.update(photo.tobytes())
        return digest.hexdigest()

    def __call__(
        self, rng: np.random.Generator, size: int, busy: bool = False
    ) -> np.ndarray:
        """Samples one background.

        Args:
            rng: `np.random.Generator`.
            size: Side in pixels.
            busy: Whether there is always something that might be taken for a hand: a
                person, skin tones, paper, keys or cloth.

        Returns:
            `[size, size, 3]` uint8 RGB.
        """
        if self._photos and rng.random() < 0.5:
            image = _photo_crop(rng, self._photos, size)
        else:
            image = _room(rng, size)
        kind = rng.uniform(0, 0.68 if busy else 1.0)
        if kind < 0.20:
            _add_person(rng, image)
        elif kind < 0.40:
            _add_skin_clutter(rng, image)
        elif kind < 0.54:
            add_sheet(rng, image)
        elif kind < 0.61:
            add_keys(rng, image)
        elif kind < 0.68:
            add_folds(rng, image)
        return _developed(rng, image)


@functools.cache
def _load_photos(folder):
    paths = sorted(
        path
        for path in pathlib.Path(folder).rglob("*")
        if path.suffix.lower() in _SUFFIXES
    )
    photos = tuple(image for image in map(_load_photo, paths) if image is not None)
    if not photos:
        raise RecordingError(
            f"{folder}: holds no image that can be read as a background; give a folder "
            f"of photographs ({', '.join(_SUFFIXES)})."
        )
    return photos


def _load_photo(path):
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None or min(image.shape[:2]) < 64:
        return None
    scale = _MAX_SIDE / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(
            image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
    return image[..., ::-1].copy()


def _photo_crop(rng, photos, size):
    """A square of a photograph at any scale, mirrored or rotated now and then."""
    photo = photos[rng.integers(len(photos))]
    height, width = photo.shape[:2]
    side = int(min(height, width) * np.exp(rng.uniform(np.log(0.12), 0)))
    x, y = rng.integers(0, width - side + 1), rng.integers(0, height - side + 1)
    crop = photo[y : y + side, x : x + side]
    crop = cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    crop = np.rot90(crop, rng.integers(4)) if rng.random() < 0.4 else crop
    return np.ascontiguousarray(crop, np.float32)


def _room(rng, size):
    """Wall, perhaps floor or table, furniture, patterns; `[size, size, 3]` float32."""
    image = np.empty((size, size, 3), np.float32)
    image[:] = dull_colour(rng, 0.35)
    if rng.random() < 0.4:
        _add_pattern(rng, image)
    if rng.random() < 0.5:
        edge = rng.uniform(0.1, 0.9) * size
        slope = rng.normal(0, 0.15) * size
        outline = [[0, edge], [size, edge + slope], [size, size], [0, size]]
        fill(image, outline, dull_colour(rng, 0.5))
        if rng.random() < 0.3:
            _add_pattern(rng, image[int(np.clip(edge, 0, size - 8)) :])
    for _ in range(rng.integers(0, 9)):
        _add_furniture(rng, image)
    return _with_gradient(rng, image)


def _add_pattern(rng, image):
    """Stripes, checks or smooth noise over everything: curtains, tiles, carpets."""
    height, width = image.shape[:2]
    angle, period = rng.uniform(0, np.pi), rng.uniform(4, 60)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height))
    u = (np.cos(angle) * x + np.sin(angle) * y) * (2 * np.pi / period)
    v = (np.cos(angle) * y - np.sin(angle) * x) * (2 * np.pi / period)
    kind = rng.integers(4)
    if kind == 0:
        field = np.sin(u)
    elif kind == 1:
        field = np.sign(np.sin(u) * np.sin(v))
    elif kind == 2:
        field = np.maximum(np.cos(u), np.cos(v)) ** 8 * 2
    else:
        cells = int(np.clip(width / period * 2, 3, 40))
        field = cv2.resize(
            rng.uniform(-1, 1, (cells, cells)).astype(np.float32),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
    tint = rng.normal(0, 14, 3) + rng.normal(0, 22)
    image += (field[..., None] * tint).astype(np.float32)


def _add_furniture(rng, image):
    """A rectangle in perspective, a bar, a disc or a cable."""
    size = len(image)
    at, colour = rng.uniform(-0.1, 1.1, 2) * size, dull_colour(rng, 0.6)
    kind = rng.integers(4)
    if kind == 0:
        corners = cv2.boxPoints(
            (
                tuple(map(float, at)),
                tuple(map(float, rng.uniform(0.05, 0.7, 2) * size)),
                float(rng.normal(0, 12)),
            )
        ) + rng.normal(0, 0.04 * size, (4, 2))
        fill(image, corners, colour)
        if rng.random() < 0.4:  # drawers, windows, screens
            inner = (corners - corners.mean(0)) * rng.uniform(0.5, 0.92)
            fill(image, inner + corners.mean(0), dull_colour(rng, 0.6))
    elif kind == 1:
        end = at + rng.normal(0, 0.6 * size, 2)
        line(image, [at, end], colour, int(rng.uniform(1, 0.15 * size)))
    elif kind == 2:
        axes = tuple(int(v) for v in rng.uniform(0.02, 0.25, 2) * size)
        centre, angle = tuple(map(int, at)), float(rng.uniform(0, 180))
        cv2.ellipse(
            image, centre, axes, angle, 0, 360, colour.tolist(), -1, cv2.LINE_AA
        )
    else:
        steps = np.cumsum(rng.normal(0, 0.12 * size, (8, 2)), 0) + at
        line(image, steps, colour * 0.4, int(rng.integers(1, 4)))


def _add_person(rng, image):
    """Torso, neck, head with hair and a dark face, arm: what is behind most hands."""
    size = len(image)
    scale = size * rng.uniform(0.5, 2.2)  # height of the torso in pixels
    x, y = rng.uniform(-0.2, 1.2) * size, rng.uniform(0.0, 1.1) * size
    skin, cloth = skin_colour(rng), dull_colour(rng, 0.6)
    shoulders, waist = 0.42 * scale, 0.30 * scale
    torso = [
        [x - shoulders, y + 0.12 * scale],
        [x - 0.12 * scale, y],
        [x + 0.12 * scale, y],
        [x + shoulders, y + 0.12 * scale],
        [x + waist, y + scale],
        [x - waist, y + scale],
    ]
    _capsule(
        rng, image, [x, y - 0.1 * scale], [x, y + 0.05 * scale], 0.09 * scale, skin
    )
    fill(image, torso, cloth)
    if rng.random() < 0.3:
        low, high = (int(np.clip(v, 0, size)) for v in (y, y + scale))
        if high - low > 8:
            _add_pattern(rng, image[low:high])
    head = (int(x), int(y - 0.25 * scale))
    axes = (max(int(0.13 * scale), 1), max(int(0.18 * scale), 1))
    hair = dull_colour(rng, 0.3) * 0.4
    above = (head[0], head[1] - axes[1] // 4)
    cv2.ellipse(
        image, above, (int(axes[0] * 1.15), int(axes[1] * 1.05)), 0, 0, 360,
        hair.tolist(), -1, cv2.LINE_AA,
    )  # fmt: skip
    cv2.ellipse(image, head, axes, 0, 0, 360, skin.tolist(), -1, cv2.LINE_AA)
    for side in (-0.4, 0.4):
        eye = (int(head[0] + side * axes[0]), int(head[1] - 0.1 * axes[1]))
        radius = max(int(0.09 * axes[0]), 1)
        cv2.circle(image, eye, radius, (skin * 0.3).tolist(), -1, cv2.LINE_AA)
    mouth = (int(head[0]), int(head[1] + 0.5 * axes[1]))
    lips = (skin * [0.8, 0.5, 0.5]).tolist()
    cv2.ellipse(
        image, mouth, (max(axes[0] // 3, 1), max(axes[1] // 12, 1)), 0, 0, 360, lips, -1
    )
    if rng.random() < 0.6:
        elbow = [x + rng.choice([-1, 1]) * shoulders * 1.1, y + 0.6 * scale]
        end = np.array(elbow) + rng.normal(0, 0.35 * scale, 2)
        _capsule(rng, image, elbow, end, 0.06 * scale, skin)


def _add_skin_clutter(rng, image):
    """Limbs and blobs in skin tones: an arm, a wooden thing, a cheek."""
    size, skin = len(image), skin_colour(rng)
    for _ in range(rng.integers(1, 6)):
        start = rng.uniform(-0.1, 1.1, 2) * size
        length = np.exp(rng.uniform(np.log(0.05), np.log(0.9))) * size
        angle = rng.uniform(0, 2 * np.pi)
        end = start + length * np.array([np.cos(angle), np.sin(angle)])
        radius = rng.uniform(0.015, 0.14) * size
        _capsule(rng, image, start, end, radius, skin * rng.uniform(0.75, 1.15))


def _capsule(rng, image, start, end, radius, colour):
    """A limb, shaded across by laying ever thinner, lighter lines on each other."""
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    across = np.array([start[1] - end[1], end[0] - start[0]])
    across /= max(np.linalg.norm(across), 1e-6)
    side = across * rng.choice([-1, 1]) * radius
    for step in np.linspace(0, 1, 5):
        shift = side * 0.45 * step
        width = max(int(2 * radius * (1 - 0.75 * step)), 1)
        line(image, [start + shift, end + shift], colour * (0.7 + 0.35 * step), width)


def _with_gradient(rng, image):
    """Light that falls off across the image."""
    size = len(image)
    corners = rng.normal(1, 0.18, (2, 2)).astype(np.float32)
    light = cv2.resize(corners, (size, size), interpolation=cv2.INTER_LINEAR)
    return image * np.clip(light, 0.3, 1.6)[..., None]


def _developed(rng, image):
    """Out of focus or not, brighter or darker; uint8."""
    if rng.random() < 0.6:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 3.0))
    gain = np.exp(rng.normal(-0.15, 0.3)) * np.exp(rng.normal(0, 0.05, 3))
    return np.clip(image * gain.astype(np.float32), 0, 255).astype(np.uint8)
