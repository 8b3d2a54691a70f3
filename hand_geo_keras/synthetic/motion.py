"""Smooth random gesturing of one arm: hand shapes, wrist, forearm and place."""

import dataclasses
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from hand_geo_keras.synthetic.cameras import WORKSPACE_MM
from hand_geo_keras.synthetic.hand_model import HandPose
from hand_geo_keras.synthetic.poses import (
    SHAPES,
    WRIST_LIMITS,
    clip_to_limits,
)

# How far the hand's centre may leave the workspace's centre (x, y, z), in mm.
REACH_MM = np.array([150.0, 105.0, 150.0])
_WRIST_TO_MIDDLE_MM = 75.0


@dataclasses.dataclass(frozen=True)
class GestureStyle:
    """Width of the orientations (degrees; mean and std).

    Elevation is the forearm's over the horizon, azimuth to the right of where the
    person looks, pronation 0 with the thumb up and 90 with the palm down.
    """

    elevation: tuple[float, float] = (70.0, 14.0)
    azimuth: tuple[float, float] = (-20.0, 25.0)
    pronation: tuple[float, float] = (35.0, 38.0)
    flexion: tuple[float, float] = (-4.0, 17.0)
    deviation: tuple[float, float] = (4.0, 10.0)


@dataclasses.dataclass(frozen=True)
class Motion:
    """A motion of T instants.

    Attributes:
        poses: T `HandPose`s.
        rotations: `[T, 3, 3]` from the hand's rest frame to the world.
        positions: `[T, 3]` wrist bone in the world, mm.
    """

    poses: tuple[HandPose, ...]
    rotations: np.ndarray
    positions: np.ndarray


def random_motion(
    rng: np.random.Generator,
    num_frames: int,
    fps: float,
    style: GestureStyle | None = None,
) -> Motion:
    """Makes one person's motion.

    Args:
        rng: `np.random.Generator`; the same state gives the same motion.
        num_frames: Number of instants T.
        fps: Instants per second.
        style: `GestureStyle`, or None for the default.

    Returns:
        A `Motion`.
    """
    style = style or GestureStyle()

    def smooth(seconds, *shape):
        return smooth_noise(rng, (num_frames, *shape), seconds * fps)

    fingers = _finger_angles(rng, num_frames, fps)
    wrist = np.array([style.flexion[0], style.deviation[0]])
    wrist = wrist + smooth(0.5, 2) * [style.flexion[1], style.deviation[1]]
    wrist = np.clip(wrist, *WRIST_LIMITS)
    elevation = style.elevation[0] + style.elevation[1] * smooth(0.9)
    azimuth = style.azimuth[0] + style.azimuth[1] * smooth(0.9)
    pronation = style.pronation[0] + style.pronation[1] * smooth(0.8)
    pronation = np.clip(pronation, -85, 95)
    # People rotate slowly on the spot: over a recording they face every camera.
    yaw = rng.uniform(0, 360) + 110 * np.cumsum(smooth(6.0)) / (fps * 4)
    forearm, shoulder = _arm_directions(
        np.clip(elevation, -75, 88), np.clip(azimuth, -95, 85), yaw
    )
    rotations = _hand_rotations(forearm, shoulder, pronation)
    elbow = np.degrees(np.arccos(np.clip(-(forearm * shoulder).sum(1), -1, 1)))
    wander = REACH_MM * np.tanh(0.75 * smooth(0.8, 3))
    positions = WORKSPACE_MM + wander - _WRIST_TO_MIDDLE_MM * rotations[:, :, 1]
    elbow = np.clip(elbow, 5, 140)
    poses = tuple(HandPose(*pose) for pose in zip(fingers, wrist, elbow, -pronation))
    return Motion(poses, rotations, positions)


def smooth_noise(rng: np.random.Generator, shape: Any, sigma: float) -> Any:
    """Gaussian noise of unit variance that is smooth along axis 0.

    Args:
        rng: `np.random.Generator`.
        shape: Shape of the result; axis 0 is time.
        sigma: Width of the smoothing in frames.
    """
    pad = int(np.ceil(4 * sigma)) + 1
    white = rng.standard_normal((shape[0] + 2 * pad, *shape[1:]))
    smooth = gaussian_filter1d(white, sigma, axis=0)[pad:-pad]
    # Variance of white noise after a Gaussian of this width.
    impulse = np.zeros(2 * pad + 1)
    impulse[pad] = 1
    return smooth / np.sqrt((gaussian_filter1d(impulse, sigma) ** 2).sum())


def _finger_angles(rng, num_frames, fps):
    """Angles `[T, 5, 4]`: from one hand shape to the next, fingers slightly apart."""
    times = np.arange(num_frames) / fps
    angles = np.empty((num_frames, 5, 4))
    current, start = _random_shape(rng), -rng.uniform(0, 1.5)
    angles[:] = current
    while start < times[-1]:
        start += rng.uniform(0.2, 1.3)
        duration = rng.uniform(0.35, 1.0)
        target = _random_shape(rng)
        # Each finger leaves a little earlier or later than the others.
        delay = rng.uniform(0, 0.12, 5)
        phase = np.clip((times[:, None] - start - delay) / duration, 0, 1)
        blend = (phase**3 * (10 - 15 * phase + 6 * phase**2))[..., None]
        angles += blend * (target - current)
        current, start = target, start + duration
    common = smooth_noise(rng, (num_frames, 1, 4), 0.5 * fps) * 3
    own = smooth_noise(rng, (num_frames, 5, 4), 0.4 * fps) * [4, 1.5, 4, 2.5]
    return clip_to_limits(angles + common * [1, 0, 1, 0.7] + own)


def _random_shape(rng):
    """A named shape, made a little lazy, or now and then freely curled fingers."""
    names = list(SHAPES)
    if rng.random() < 0.2:
        curl = np.clip(rng.normal(0.45, 0.3) + 0.2 * rng.standard_normal(4), 0, 1)
        own = np.outer(curl, [85.0, 0, 100, 60])
        own[:, 1] = [-4, 0, 3, 7] * (1 - 0.8 * curl)
        thumb = rng.uniform([-10, -10, 0, 0], [18, 25, 30, 30])
        return np.vstack([thumb, own])
    lazy = rng.uniform(0, 0.18)
    shape = np.asarray(SHAPES[names[rng.integers(len(names))]], np.float64)
    return (1 - lazy) * shape + lazy * SHAPES["relaxed"]


def _arm_directions(elevation, azimuth, yaw):
    """Unit vectors `[T, 3]` of the forearm and from the elbow to the shoulder."""
    e, a, y = np.radians(elevation), np.radians(azimuth), np.radians(yaw)
    forearm = np.stack(
        [np.cos(e) * np.sin(a), -np.sin(e), np.cos(e) * np.cos(a)], axis=1
    )
    # Elbows hang: the shoulder is above, and behind once the forearm points up.
    lift = np.clip(np.sin(e), 0, 1)
    shoulder = np.stack([-0.1 + 0 * e, -0.85 + 0.35 * lift, -0.35 - 0.4 * lift], axis=1)
    shoulder /= np.linalg.norm(shoulder, axis=1, keepdims=True)
    rotation = Rotation.from_rotvec(np.outer(y, [0, 1, 0]))
    return rotation.apply(forearm), rotation.apply(shoulder)


def _hand_rotations(forearm, shoulder, pronation):
    """Rest frame to world `[T, 3, 3]`: y along the forearm, then pronated."""
    thumb = shoulder - (shoulder * forearm).sum(1, keepdims=True) * forearm
    thumb /= np.linalg.norm(thumb, axis=1, keepdims=True)
    neutral = np.stack([np.cross(forearm, thumb), forearm, thumb], axis=2)
    return (
        neutral
        @ Rotation.from_rotvec(np.outer(-np.radians(pronation), [0, 1, 0])).as_matrix()
    )
