"""Pairs of cameras that are compared, and how well each agrees."""

import itertools
from collections.abc import Sequence

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.triangulation import nearest_to_rays
from hand_geo_keras.recordings.rig_check.epipolar_motion import (
    epipolar_motion,
    moving,
    thumb_pixels,
)
from hand_geo_keras.recordings.rig_check.frame_scan import CameraScan

# Of many cameras, each is compared with so many neighbours.
_ALL_PAIRS, _NEIGHBOURS = 5, 3
_MIN_BASELINE_MM = 30.0
_FRAMES = 300


def camera_pairs(cameras: Sequence[Camera]) -> list[tuple[int, int]]:
    """Pairs `(a, b)` of camera indices, `a < b`, whose views are worth comparing.

    All pairs of a few cameras; of many, each with those that look in about its
    direction.
    """
    apart = {
        (a, b)
        for a, b in itertools.combinations(range(len(cameras)), 2)
        if np.linalg.norm(cameras[a].center - cameras[b].center) > _MIN_BASELINE_MM
    }
    if len(cameras) <= _ALL_PAIRS:
        return sorted(apart)
    chosen = set()
    for index in range(len(cameras)):
        own = [pair for pair in apart if index in pair]
        own.sort(key=lambda pair: -cameras[pair[0]].R[2] @ cameras[pair[1]].R[2])
        chosen.update(own[:_NEIGHBOURS])
    return sorted(chosen)


def pair_agreement(
    cameras: tuple[Camera, Camera], scans: tuple[CameraScan, CameraScan]
) -> float:
    """How well two cameras agree on where something moves.

    Args:
        cameras: Two `Camera`s.
        scans: The `CameraScan` of each.

    Returns:
        Mean correlation of their motion over the epipolar planes, up to 1. What moves
        must be in front of both: -1 if it is not. NaN if they cannot be compared.
    """
    motion = epipolar_motion(cameras, scans)
    if motion is None:
        return float("nan")
    agreement = motion.agreement(0)
    if not np.isfinite(agreement).any():
        return float("nan")
    if not _in_front(cameras, scans):
        return -1.0
    return float(np.nanmean(agreement))


def thinned(scan: CameraScan) -> CameraScan:
    """The stretch of a scan that says enough about the calibration: some frames."""
    count = len(scan.thumbs)
    start = max(0, (count - _FRAMES) // 2)
    part = slice(start, start + _FRAMES)
    return CameraScan(scan.thumbs[part], scan.known[part])


def _in_front(cameras, scans):
    """Whether what moves is in front of both cameras in most frames."""
    rays = []
    for camera, scan in zip(cameras, scans):
        pixels = thumb_pixels(camera, scan.thumbs.shape[1:]).reshape(-1, 2)
        motion = moving(scan, 0, len(scan.thumbs)).reshape(len(scan.thumbs), -1)
        total = motion.sum(1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            center = motion @ pixels / total
        rays.append(camera.unproject(np.nan_to_num(center), np.ones(len(center))))
        rays[-1] = np.where(total > 0, rays[-1] - camera.center, np.nan)
    seen = np.isfinite(rays).all((0, 2))
    if not seen.any():
        return True
    directions = np.stack(rays, axis=1)[seen]
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    origins = np.broadcast_to([c.center for c in cameras], directions.shape)
    points = nearest_to_rays(origins, directions)
    depths = np.stack([camera.to_camera(points)[:, 2] for camera in cameras])
    return bool(np.mean((depths > 0).all(0)) > 0.5)
