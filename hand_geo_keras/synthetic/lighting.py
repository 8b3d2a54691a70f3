"""Light that arrives at the hand: area lights with soft self-shadows."""

import dataclasses
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.synthetic.rasterizer import rasterize_depth

_NUM_DIRECTIONS = 16
_SHADOW_SIDE = 112  # shadow map, pixels
_SHADOW_MM = 3.2  # one of its pixels
_BIAS_MM = 3.5
# x and y of the five places of a shadow map that are looked at, in its pixels.
_SOFT_EDGE = np.array([[0, 1.2, -0.5, -1.2, 0.5], [0, 0.5, 1.2, -0.5, -1.2]])
# Light enters skin and leaves it beside: red reaches furthest round a corner.
_WRAP = np.array([0.28, 0.13, 0.08])


@dataclasses.dataclass(frozen=True)
class Environment:
    """Distant lights around the dome.

    Attributes:
        directions: `[K, 3]` unit vectors towards the lights, in the world.
        colors: `[K, 3]` linear RGB; a white surface facing all gets about 1.
        key: `[3]` direction of the brightest light, which makes the highlights.
        key_color: `[3]` linear RGB of the highlights.
    """

    directions: np.ndarray
    colors: np.ndarray
    key: np.ndarray
    key_color: np.ndarray


def random_environment(rng: np.random.Generator) -> Environment:
    """Dome light: bright ceiling, dim floor, one or two stronger lamps."""
    directions = _sphere_directions(_NUM_DIRECTIONS)
    up = -directions[:, 1]
    sky = np.array([1.0, 1.0, 1.0]) + rng.normal(0, 0.05, 3)
    floor = np.array([1.0, 0.9, 0.8]) * rng.uniform(0.3, 0.7)
    fraction = (up[:, None] + 1) / 2
    ambient = fraction * sky + (1 - fraction) * floor
    ambient *= rng.uniform(0.25, 0.42) * 4 / _NUM_DIRECTIONS
    lamps, strengths = [], []
    for strength in (rng.uniform(0.5, 1.0), rng.uniform(0, 0.4)):
        azimuth, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 1.4)
        across = np.array([np.sin(azimuth), 0, np.cos(azimuth)]) * np.cos(height)
        lamps.append(across - np.array([0, np.sin(height), 0]))
        tint = np.array([1.0, 1.0, 1.0]) + rng.normal(0, 0.06) * np.array([1, 0, -1])
        strengths.append(strength * tint)
    return Environment(
        np.vstack([directions, lamps]),
        np.vstack([ambient, strengths]),
        lamps[0],
        strengths[0],
    )


def irradiance(
    environment: Any,
    verts: np.ndarray,
    normals: np.ndarray,
    faces: np.ndarray,
    mirrored: bool = False,
) -> np.ndarray:
    """Light on every vertex, with shadows the hand casts on itself.

    Args:
        environment: An `Environment`.
        verts: `[N, 3]` world positions in mm.
        normals: `[N, 3]` unit normals.
        faces: `[F, 3]` of the mesh that casts the shadows.
        mirrored: Whether a reflection flipped the faces inside out.

    Returns:
        `[N, 3]` linear RGB irradiance.
    """
    towards = environment.directions
    facing = towards.astype(np.float32) @ normals.T.astype(np.float32)  # [K, N]
    # Only the hand needs shadows: their maps follow its vertices, not the upper arm's.
    centre = verts[: len(verts) // 3].mean(0, dtype=np.float64)
    around = np.ascontiguousarray((verts - centre).T)
    # What is nearest to a light faces it: the other half is left out.
    culling = cv2.RASTERIZE_CULLING_CW if mirrored else cv2.RASTERIZE_CULLING_CCW
    lit = np.stack(
        [_visibility(axes, around, faces, culling) for axes in _map_axes(towards)]
    )
    channels = [
        (colors / (1 + wrap)).astype(np.float32) @ (np.maximum(facing + wrap, 0) * lit)
        for wrap, colors in zip(_WRAP.tolist(), environment.colors.T)
    ]
    return np.stack(channels, axis=1)


def _map_axes(towards):
    """Right, down and away from the light `[K, 3, 3]` of the lights' shadow maps."""
    side = np.cross(towards, [0.30, 0.14, 0.94])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    return np.stack([side, np.cross(towards, side), -towards], axis=1)


def _visibility(axes, verts, faces, culling):
    """Fraction `[N]` of a distant light that reaches vertices `[3, N]`, softly."""
    local = axes @ verts
    pixels, depth = local[:2] / _SHADOW_MM + _SHADOW_SIDE / 2, local[2] + 2000
    # The faces use the first vertices only, and every other one would cost as much.
    caster = slice(int(faces.max()) + 1)
    size = (_SHADOW_SIDE, _SHADOW_SIDE)
    shadow = rasterize_depth(pixels[:, caster].T, depth[caster], faces, size, culling)
    # Averaging comparisons around the place gives soft edges.
    x, y = (pixels[:, None] + _SOFT_EDGE[..., None]).astype(np.float32)
    near = cv2.remap(
        shadow,
        x,
        y,
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=1e6,
    )
    return (near > depth - _BIAS_MM).astype(np.float32).mean(0)


def _sphere_directions(count):
    """Fibonacci lattice: nearly even directions `[count, 3]`."""
    k = np.arange(count) + 0.5
    height = 1 - 2 * k / count
    angle = np.pi * (1 + 5**0.5) * k
    across = np.sqrt(1 - height**2)
    return np.stack([across * np.cos(angle), height, across * np.sin(angle)], axis=1)
