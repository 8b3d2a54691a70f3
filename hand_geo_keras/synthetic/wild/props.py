"""Things beside the hand: held objects, a second hand, rings; room light."""

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from hand_geo_keras.synthetic.hand_model import load_asset, vertex_normals
from hand_geo_keras.synthetic.lighting import Environment

_RINGS = 14  # of a superquadric's mesh
_SEGMENTS = 22
_AMBIENT_DIRECTIONS = 6
# Proximal phalanges that wear rings, the ring finger most often.
_RING_BONES = ("finger4-1.R", "finger4-1.R", "finger3-1.R", "finger5-1.R")


def random_solid(rng: np.random.Generator) -> tuple[Any, ...]:
    """A box, bottle, ball, pen or phone: a superquadric.

    Args:
        rng: `np.random.Generator`.

    Returns:
        `(verts [N, 3], normals [N, 3], faces [F, 3])`, lengths in mm, centred at the
        origin, its long axis along z.
    """
    radius = np.exp(rng.uniform(np.log(4), np.log(42)))
    extent = radius * np.array(
        [rng.uniform(0.25, 1), rng.uniform(0.6, 1), np.exp(rng.uniform(-0.3, 1.8))]
    )
    extent[2] = min(extent[2], 120.0)
    # Exponents of 1 make an ellipsoid, near 0 edges: boxes and cylinders.
    around, along = rng.choice([0.15, 0.3, 1.0], 2)
    phi = np.linspace(-np.pi / 2, np.pi / 2, _RINGS)[:, None]
    theta = np.arange(_SEGMENTS)[None] * (2 * np.pi / _SEGMENTS)
    width = _power(np.cos(phi), along)
    verts = np.stack(
        [
            width * _power(np.cos(theta), around),
            width * _power(np.sin(theta), around),
            _power(np.sin(phi), along) * np.ones_like(theta),
        ],
        axis=-1,
    )
    verts = verts.reshape(-1, 3) * extent
    faces = _grid_faces(_RINGS, _SEGMENTS)
    return verts, vertex_normals(verts, faces), faces


def ring_albedo(rng: np.random.Generator, albedo: Any) -> Any:
    """Albedo `[fine vertices, 3]` with a ring around one finger."""
    asset = load_asset()
    bone = asset["bones"].index(_RING_BONES[rng.integers(len(_RING_BONES))])
    start, end = asset["heads"][bone], asset["heads"][bone + 1]
    axis = end - start
    verts = asset["subdivision"] @ asset["verts"].astype(np.float64)
    along = (verts - start) @ axis / (axis @ axis)
    away = np.linalg.norm(verts - start - along[:, None] * axis, axis=1)
    length = np.linalg.norm(axis)
    place, width = rng.uniform(0.45, 0.7), rng.uniform(2.0, 4.0) / length
    worn = (np.abs(along - place) < width) & (away < 16)
    metal = np.array([[0.55, 0.42, 0.16], [0.55, 0.55, 0.56], [0.05, 0.05, 0.05]])
    albedo = albedo.copy()
    albedo[worn] = metal[rng.integers(3)] * rng.uniform(0.7, 1.3)
    return albedo


def random_room_light(rng: np.random.Generator) -> Environment:
    """Samples an `Environment`: sky or ceiling from any side, none to two lamps.

    Fewer directions than the dome's: with several views of one instant the light is
    still what costs most.
    """
    rotation = Rotation.random(random_state=rng).as_matrix()
    corners = np.vstack([np.eye(3), -np.eye(3)]) @ rotation.T
    bright = rotation[:, 1]
    height = (corners @ bright + 1) / 2
    tint = 1 + rng.normal(0, 0.07, 3)
    floor = rng.uniform(0.15, 0.9) * (1 + rng.normal(0, 0.10, 3))
    ambient = height[:, None] * tint + (1 - height[:, None]) * floor
    ambient *= rng.uniform(0.3, 0.95) * 3 / _AMBIENT_DIRECTIONS
    lamps = rng.standard_normal((rng.integers(1, 3), 3)) + 0.7 * bright
    lamps /= np.linalg.norm(lamps, axis=1, keepdims=True)
    warm = rng.normal(0, 0.09, (len(lamps), 1)) * [1, 0, -1.2]
    strength = rng.uniform(0, 1.1, (len(lamps), 1)) * (rng.random() < 0.8)
    colors = strength * (tint + warm)
    return Environment(
        np.vstack([corners, lamps]), np.vstack([ambient, colors]), lamps[0], colors[0]
    )


def unshadowed(environment: Any, normals: Any) -> Any:
    """Irradiance `[N, 3]` on vertices that nothing shadows."""
    facing = np.clip(normals @ environment.directions.T, 0, None)
    return (facing @ environment.colors).astype(np.float32)


def _power(value, exponent):
    return np.sign(value) * np.abs(value) ** exponent


def _grid_faces(rows, columns):
    at = np.arange((rows - 1) * columns).reshape(rows - 1, columns)
    right = np.roll(at, -1, axis=1)
    lower = np.stack([at, right, at + columns], -1).reshape(-1, 3)
    upper = np.stack([right, right + columns, at + columns], -1).reshape(-1, 3)
    return np.concatenate([lower, upper]).astype(np.int32)
