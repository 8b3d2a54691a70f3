"""Checks of the cameras alone, and of where they stand around the hand."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.lenses import FISHEYE
from hand_geo_keras.recordings.camera_variants import camera_variants
from hand_geo_keras.recordings.recording import Recording
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.label_joints import label_joints

_FIELD_OF_VIEW_DEGREES, _WIDEST_DEGREES = (10, 130), 200
# No pinhole with five distortion coefficients sees more, and pixels of videos are not
# so far from square: such a K is in other units, or of another image.
_IMPOSSIBLE_DEGREES, _ASPECT = 150, 2.0
_DISTANCE_MM = (150, 6000)
_MIN_ANGLE_DEGREES = 10
_MIN_BASELINE_MM = 30
# Relative to the distance, how far optical axes pass a common point.
_MEETS, _FAR_MISS, _CLEARLY_BETTER = 0.12, 0.4, 0.3
_LOOKS_AWAY = (
    "a camera looks away from the hand; make sure that R and t map world to camera and "
    "not the other way round."
)
_K_FIX = "make sure that K belongs to this resolution and crop of the images."
_UNIT_FIX = (
    "check 'unit' of the calibration and the square size given to the calibration tool"
)


def check_cameras(recording: Recording) -> Iterator[Any]:
    """Findings on the number, the lenses and the arrangement of the cameras."""
    yield _count(recording)
    yield _lenses(recording)
    if len(recording.cameras) > 1:
        target = scene_center(recording)
        yield _baselines(recording, target)
        yield _distances(recording, target)
        yield _extrinsics(recording)


def scene_center(recording: Recording) -> np.ndarray:
    """`[3]` point in mm that the rig looks at.

    The mean of the labelled joints, else the point nearest to all optical axes.
    """
    joints = label_joints(recording)
    if joints.size:
        return np.nanmean(joints.reshape(-1, 3), axis=0)
    return axes_center(recording.cameras)


def axes_center(cameras: Sequence[Camera]) -> np.ndarray:
    """`[3]` point in mm that is nearest to all optical axes."""
    projectors = [np.eye(3) - np.outer(c.R[2], c.R[2]) for c in cameras]
    right = sum(p @ c.center for p, c in zip(projectors, cameras))
    return np.linalg.lstsq(sum(projectors), right, rcond=None)[0]


def _count(recording):
    count = len(recording.cameras)
    if count < 2:
        return Finding(
            "cameras",
            "error",
            "only one camera",
            "add a second calibrated view; view synthesis learns from pairs of views.",
        )
    return Finding("cameras", "ok", f"{count} cameras")


def _lenses(recording):
    low, high = _FIELD_OF_VIEW_DEGREES
    strange, level = [], "warning"
    for camera in recording.cameras:
        width, height = camera.resolution
        fx, fy = camera.K[0, 0], camera.K[1, 1]
        half = width / 2 / fx
        is_fisheye = camera.lens == FISHEYE
        degrees = 2 * np.degrees(half if is_fisheye else np.arctan(half))
        off_center = np.abs(camera.K[:2, 2] / [width, height] - 0.5).max()
        if not low < degrees < (_WIDEST_DEGREES if is_fisheye else high):
            strange.append(f"{camera.name} has a field of view of {degrees:.0f}°")
            if degrees > _IMPOSSIBLE_DEGREES and not is_fisheye:
                level = "error"
        elif max(fx / fy, fy / fx) > _ASPECT:
            strange.append(f"{camera.name} has focal lengths of {fx:.4g} and {fy:.4g}")
            level = "error"
        elif off_center > 0.25:
            strange.append(
                f"{camera.name} has its principal point {camera.K[:2, 2].round(0)} far "
                f"from the centre of {width} x {height}"
            )
    if strange:
        return Finding(
            "lenses",
            level,
            "; ".join(strange),
            _K_FIX if level == "warning" else f"{_K_FIX} It is in pixels.",
        )
    return Finding("lenses", "ok", "fields of view and principal points are plausible")


def _baselines(recording, target):
    pairs = list(itertools.combinations(recording.cameras, 2))
    baselines = [np.linalg.norm(a.center - b.center) for a, b in pairs]
    angles = [_angle(a.center - target, b.center - target) for a, b in pairs]
    message = (
        f"baselines {min(baselines):.0f} to {max(baselines):.0f} mm, angles between "
        f"views {min(angles):.0f} to {max(angles):.0f}°"
    )
    if max(baselines) < _MIN_BASELINE_MM:
        return Finding("baseline", "error", message, f"{_UNIT_FIX}.")
    if max(angles) < _MIN_ANGLE_DEGREES:
        return Finding(
            "baseline",
            "warning",
            message,
            "move the cameras apart: depth from nearly parallel views is noisy and "
            "little of the hand's other sides is ever seen.",
        )
    return Finding("baseline", "ok", message)


def _distances(recording, target):
    depths = {c.name: c.to_camera(target)[2] for c in recording.cameras}
    listed = ", ".join(f"{name} {depth:.0f}" for name, depth in depths.items())
    message = f"the scene's centre is in front of the cameras by {listed} mm"
    if min(depths.values()) <= 0:
        remedy = _remedy(recording)
        fix = f"they all look at one point if {remedy}." if remedy else _LOOKS_AWAY
        return Finding("distance", "error", message, fix)
    if not all(_DISTANCE_MM[0] < depth < _DISTANCE_MM[1] for depth in depths.values()):
        return Finding("distance", "warning", message, f"{_UNIT_FIX}.")
    return Finding("distance", "ok", message)


def _extrinsics(recording):
    """A finding where cameras miss each other's view but would not after a remedy."""
    remedy = _remedy(recording)
    if remedy is None:
        return Finding("extrinsics", "ok", "the cameras look at a common place")
    miss = _miss(recording.cameras)
    message = (
        f"the cameras' optical axes miss each other by {miss:.0%} of their distance"
        if np.isfinite(miss)
        else "no place in front of all cameras is near their optical axes"
    )
    return Finding(
        "extrinsics",
        "error" if miss > _FAR_MISS else "warning",
        message,
        f"they meet if {remedy}; make sure that x_camera = R x_world + t.",
    )


def _remedy(recording):
    """The mistakes without which the optical axes meet in front of all cameras."""
    if label_joints(recording).size:
        return None  # labels tell more than axes do
    limit = min(_MEETS, _CLEARLY_BETTER * _miss(recording.cameras))
    remedies = [
        remedy
        for remedy, mended in camera_variants(recording.cameras)
        if _miss(mended) < limit
    ]
    return ", or if ".join(remedies) or None


def _miss(cameras):
    """Distance of the optical axes from their common point, relative to the cameras'.

    Infinite where that point is behind a camera or hardly in front of it.
    """
    center = axes_center(cameras)
    depths = np.array([camera.to_camera(center)[2] for camera in cameras])
    if not (depths > _DISTANCE_MM[0]).all():
        return np.inf
    across = [np.linalg.norm(c.to_camera(center)[:2]) for c in cameras]
    return float(np.max(np.array(across) / depths))


def _angle(a, b):
    cosine = a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
