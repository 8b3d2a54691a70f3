"""Procedural looks of one subject: skin, nails, veins, sleeve and bracelet."""

import dataclasses
from typing import Any

import numpy as np

from hand_geo_keras.synthetic.hand_model import load_asset

# sRGB of the back of the hand, from light to dark.
_TONES = np.array(
    [
        [241, 205, 182],
        [230, 186, 158],
        [216, 168, 136],
        [196, 146, 112],
        [168, 116, 84],
        [128, 86, 62],
        [94, 62, 46],
    ]
)


@dataclasses.dataclass(frozen=True)
class Band:
    """Something worn around the arm between two positions along it (mm, linear RGB)."""

    start: float
    end: float
    color: np.ndarray
    stripe: np.ndarray
    period: float
    thickness: float


@dataclasses.dataclass(frozen=True)
class Looks:
    """What one subject's arm looks like in one sequence.

    Attributes:
        albedo: `[fine vertices, 3]` linear RGB of the bare arm.
        bands: Sleeve and bracelets.
        gloss: Strength of the skin's highlights.
    """

    albedo: np.ndarray
    bands: tuple[Band, ...]
    gloss: float

    def offsets(self) -> Any:
        """Outward offset `[vertices]` in mm of the coarse mesh under the bands."""
        asset = load_asset()
        coarse = len(asset["verts"])
        # Loop subdivision keeps the coarse vertices as its first ones.
        along = asset["along_arm"][:coarse]
        offset = np.zeros(coarse)
        for band in self.bands:
            inside = np.clip((band.end - along) / 3 + 0.5, 0, 1)
            inside *= np.clip((along - band.start) / 3 + 0.5, 0, 1)
            offset = np.maximum(offset, inside * band.thickness)
        return offset


def skin_of(rng: np.random.Generator) -> tuple[Any, ...]:
    """Samples a person's skin: albedo `[fine vertices, 3]` in linear RGB, and gloss."""
    asset = load_asset()
    regions, rest = asset["regions"], _rest_vertices(asset)
    tone = rng.uniform(0, len(_TONES) - 1.001)
    low = int(tone)
    srgb = _TONES[low] + (tone - low) * (_TONES[low + 1] - _TONES[low])
    back = to_linear(np.clip(srgb + rng.normal(0, 5, 3), 30, 250) / 255)
    # Palms hold less pigment and more blood: lighter and pinker, most on dark skin.
    pink = to_linear(np.array([232, 168, 148]) / 255)
    palm = back + rng.uniform(0.25, 0.5) * (pink - back)
    flush = back * np.array([1.02, 0.80, 0.78])
    nail = 0.45 * palm + 0.55 * to_linear(np.array([238, 196, 184]) / 255)
    albedo = _mix(back, palm, regions["palm"])
    albedo = _mix(albedo, flush, regions["knuckle"] * rng.uniform(0.35, 0.75))
    albedo = _mix(albedo, palm * [1.0, 0.80, 0.80], regions["pad"] * 0.7)
    wrinkles = np.abs(np.sin(rest[:, 1] * 1.4)) * regions["knuckle"]
    albedo = albedo * (1 - 0.22 * wrinkles[:, None])
    albedo = albedo * (1 - regions["crease"][:, None] * [0.30, 0.40, 0.42])
    albedo = _with_veins(rng, rest, albedo, regions["palm"])
    blotches = value_noise(rng, rest, 22.0) * 0.05 + value_noise(rng, rest, 7.0) * 0.03
    albedo = albedo * (1 + blotches[:, None] * [0.8, 1.2, 1.2])
    albedo *= 1 + 0.03 * rng.standard_normal((len(albedo), 1))
    albedo = _mix(albedo, nail, regions["nail"] * 0.9)
    return np.clip(albedo, 0.01, 0.98).astype(np.float32), rng.uniform(0.5, 1.3)


def looks_of(rng: np.random.Generator, albedo: Any, gloss: Any) -> Looks:
    """Dresses a subject for one sequence: sleeve, perhaps a bracelet or a watch."""
    # Long sleeve, rolled up, or a T-shirt that ends above the elbow.
    cuff = rng.choice([rng.uniform(-60, -25), rng.uniform(-140, -60), -300.0])
    color, stripe = _cloth_color(rng), _cloth_color(rng)
    if rng.random() < 0.6:
        stripe = color * 0.9
    period = rng.uniform(8, 30)
    bands = [Band(-1000, cuff, color, stripe, period, rng.uniform(3, 6))]
    if rng.random() < 0.35 and cuff < -55:
        width = rng.uniform(5, 22)
        start = -20 - width - rng.uniform(0, 12)
        dark = rng.uniform(0.01, 0.5) * rng.uniform(0.6, 1, 3)
        bands.append(Band(start, start + width, dark, dark * 0.5, 6.0, 2.0))
    return Looks(albedo, tuple(bands), gloss)


def to_linear(srgb: Any) -> Any:
    """sRGB values in 0..1 to linear light."""
    return np.asarray(srgb, np.float64) ** 2.2


def value_noise(
    rng: np.random.Generator, points: np.ndarray, wavelength: float, waves: int = 24
) -> Any:
    """Smooth random field of about unit variance at points `[N, 3]` (mm)."""
    directions = rng.standard_normal((waves, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    scale = 2 * np.pi / wavelength * rng.uniform(0.6, 1.5, (waves, 1))
    phase = rng.uniform(0, 2 * np.pi, waves)
    field = np.cos(points @ (directions * scale).T + phase).sum(1)
    return field * np.sqrt(2 / waves)


def _with_veins(rng, rest, albedo, palm):
    """Darker, bluish lines where a random field crosses zero, on the back only."""
    squeezed = rest * [1, 0.45, 1]
    ridge = np.exp(-((value_noise(rng, squeezed, 34.0) / 0.13) ** 2))
    on_back = (1 - palm) * (rest[:, 1] < 105) * rng.uniform(0.1, 0.8)
    return albedo * (1 - (ridge * on_back)[:, None] * [0.22, 0.12, 0.08])


def _cloth_color(rng):
    hue = rng.uniform(0, 1, 3) ** 1.5
    grey = rng.uniform(0.3, 1.0)
    return np.clip(
        (grey * hue.mean() + (1 - grey) * hue) * rng.uniform(0.1, 1), 0.01, 1
    )


def _rest_vertices(asset):
    return asset["subdivision"] @ asset["verts"].astype(np.float64)


def _mix(color, other, amount):
    amount = np.asarray(amount)[:, None]
    return color * (1 - amount) + other * amount
