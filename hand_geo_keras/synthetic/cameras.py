"""The 31 HD cameras of the synthetic dome, with the real rig's statistics."""

import functools
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera

NUM_CAMERAS = 31
# Hands move around this point: 125 cm over the floor; the world's Y points down.
WORKSPACE_MM = np.array([0.0, -1250.0, 0.0])
# Only a window of the 1920x1080 sensor around the workspace is recorded, which
# keeps pixels per hand, focal length and distortion but makes video cheap.
SENSOR = (1920, 1080)
WINDOW = (512, 384)
# Subset that sees the hand from all sides, ordered so that any prefix does, too.
SPREAD_CAMERAS = (8, 0, 20, 17, 27, 29, 5, 13, 24, 16, 9, 14)

_LOOKED_AT_MM = np.array([0.0, -1100.0, 0.0])
_RINGS = ((-8, 1), (2, 5), (9, 5), (18, 5), (27, 5), (44, 4), (51, 6))
# Azimuths (degrees) that spread the rings' cameras evenly over the dome.
_AZIMUTHS = (
    (236,)
    + (271, 135, 323, 204, 18)
    + (163, 298, 62, 94, 350)
    + (39, 117, 186, 221, 248)
    + (276, 144, 9, 78, 329)
    + (171, 309, 58, 100)
    + (346, 277, 240, 203, 26, 135)
)


@functools.cache
def dome_cameras() -> tuple[Any, ...]:
    """The 31 `Camera`s named `00_00` .. `00_30`; lengths in mm.

    The rig is a fixed building: it does not depend on any seed. Radius, heights,
    elevations, focal lengths, principal points and distortion follow a real
    calibration of CMU Panoptic's HD cameras (sequence 160906_band1).
    """
    rng = np.random.default_rng(31)
    elevations = np.repeat(*zip(*_RINGS)) + rng.uniform(-1, 1, NUM_CAMERAS)  # type: ignore[call-overload]
    return tuple(
        _camera(index, np.radians(elevation), np.radians(azimuth), rng)
        for index, (elevation, azimuth) in enumerate(zip(elevations, _AZIMUTHS))
    )


def _camera(index, elevation, azimuth, rng):
    highest = 2300 / max(np.sin(elevation), 0.1)  # the ceiling, 340 cm over the floor
    radius = rng.uniform(2650, min(3450, max(highest, 2750)))
    across = np.array([np.sin(azimuth), 0, np.cos(azimuth)])
    direction = np.cos(elevation) * across + np.sin(elevation) * np.array([0, -1, 0])
    center = _LOOKED_AT_MM + radius * direction
    # Long lenses sit far away, so a hand is about equally large in every camera.
    focal = np.clip(0.535 * radius + rng.normal(0, 35), 1390, 1862)
    K = np.array(
        [
            [focal, 0, rng.uniform(916, 967)],
            [0, focal * rng.uniform(0.998, 1.002), rng.uniform(541, 572)],
            [0, 0, 1],
        ]
    )
    k1, k2 = rng.uniform(-0.29, -0.17), rng.uniform(0.17, 0.21)
    p1, p2, k3 = *rng.normal(0, 3e-4, 2), rng.uniform(-0.06, 0.02)  # type: ignore[misc]
    R = looking_from(
        center, _LOOKED_AT_MM + rng.normal(0, 160, 3), np.radians(rng.normal(0, 2))
    )
    full = Camera(
        f"00_{index:02d}", K, np.array([k1, k2, p1, p2, k3]), R, -R @ center, SENSOR
    )
    return _windowed(full)


def looking_from(center: np.ndarray, target: np.ndarray, roll: float) -> np.ndarray:
    """`[3, 3]` world-to-camera rotation that looks at a point, in a world with y down.

    Args:
        center: `[3]` position of the camera.
        target: `[3]` point on the optical axis.
        roll: Rotation of the image in radians; 0 keeps the world's y down.
    """
    forward = (target - center) / np.linalg.norm(target - center)
    right = np.cross([0.0, 1, 0], forward)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    rotated = np.cos(roll) * right + np.sin(roll) * down
    return np.stack([rotated, np.cross(forward, rotated), forward])


def _windowed(camera):
    """The camera when only the sensor's window around the workspace is read out."""
    centre = np.round(camera.project(WORKSPACE_MM))
    K = camera.K.copy()
    K[:2, 2] -= centre - (np.array(WINDOW) - 1) / 2 // 1
    return Camera(camera.name, K, camera.distortion, camera.R, camera.t, WINDOW)
