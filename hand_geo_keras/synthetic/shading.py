"""Colour of every visible pixel: cloth over skin, diffuse light, highlights."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Surface:
    """What P pixels show; fastest when each channel is stored in one piece.

    Attributes:
        albedo: `[P, 3]` float32 linear RGB of the bare arm.
        light: `[P, 3]` float32 linear RGB irradiance.
        normals: `[P, 2]` float32 x and y of the unit normal in the camera frame.
        along: `[P]` float32 position along the arm in mm (see `Band`).
    """

    albedo: np.ndarray
    light: np.ndarray
    normals: np.ndarray
    along: np.ndarray


def shade(
    surface: Any, looks: Any, key: np.ndarray, key_color: np.ndarray
) -> np.ndarray:
    """Lights pixels.

    Args:
        surface: A `Surface`.
        looks: The subject's `Looks`.
        key: `[3]` direction of the brightest light in the camera frame.
        key_color: `[3]` linear RGB of its highlights.

    Returns:
        `[P, 3]` float32 linear RGB.
    """
    nx, ny = surface.normals.T
    # Visible surfaces face the camera, which looks along +z.
    nz = -np.sqrt(np.clip(1 - nx * nx - ny * ny, 0.0004, 1))
    albedo, gloss = _with_bands(surface, looks, ny)
    gloss *= surface.light @ np.full(3, 1 / 3, np.float32)
    # Blinn-Phong with the viewer at -z: a narrow and a wide lobe.
    half = np.asarray(key) + [0, 0, -1]
    x, y, z = (half / np.linalg.norm(half)).tolist()
    f2 = np.square(np.clip(nx * x + ny * y + nz * z, 0, 1))
    f6 = f2 * f2 * f2
    shine = gloss * (0.10 * np.square(f6 * f6) + 0.05 * f6)
    # Grazing angles shine more (Fresnel).
    rim = 0.10 * gloss * np.square(np.square(1 + nz))
    color = albedo * surface.light
    color += rim[:, None]
    color += np.multiply.outer(np.asarray(key_color, np.float32), shine).T
    return color


def _with_bands(surface, looks, ny):
    """Puts sleeve and bracelet over the skin, with sharp edges per pixel."""
    albedo = surface.albedo
    gloss = np.full(len(albedo), looks.gloss, np.float32)
    for band in looks.bands:
        inside = np.flatnonzero(
            (surface.along > band.start) & (surface.along < band.end)
        )
        along = surface.along[inside]
        stripes = np.sin(along * float(2 * np.pi / band.period)) > 0.4
        # A darker hem and fine folds make the cloth read as cloth.
        hem = 1 - 0.35 * np.exp(-np.square((float(band.end) - along) / 2.5))
        folds = 1 + 0.07 * np.sin(along * 0.35 + 5 * ny[inside])
        relief = hem * folds
        for channel, *colors in zip(albedo.T, band.stripe, band.color):
            channel[inside] = np.where(stripes, *np.float32(colors)) * relief
        gloss[inside] *= 0.15
    return albedo, gloss
