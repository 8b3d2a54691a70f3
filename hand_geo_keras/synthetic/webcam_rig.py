"""A small rig of webcams around a gesturing hand, in memory, for tests and studies."""

import dataclasses

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.synthetic.backgrounds import dome_background
from hand_geo_keras.synthetic.cameras import WORKSPACE_MM, looking_from
from hand_geo_keras.synthetic.hand_model import NUM_SHAPES, HandModel
from hand_geo_keras.synthetic.hand_renderer import light_arm, render_arm
from hand_geo_keras.synthetic.lighting import random_environment
from hand_geo_keras.synthetic.motion import random_motion
from hand_geo_keras.synthetic.sensor import Sensor
from hand_geo_keras.synthetic.sequence import PosedHand
from hand_geo_keras.synthetic.skin import looks_of, skin_of

_DISTANCE_MM = (800.0, 1000.0)
_HEIGHT_MM = (-350.0, -100.0)
_VIEW_DEGREES = 55.0


@dataclasses.dataclass(frozen=True)
class WebcamRig:
    """Synchronised images of a right hand.

    Attributes:
        cameras: tuple of V `Camera`s.
        images: dict from camera name to `[T, H, W, 3]` uint8 RGB.
        joints: `[T, 21, 3]` in mm, world frame.
        fps: Frames per second.
    """

    cameras: tuple[Camera, ...]
    images: dict[str, np.ndarray]
    joints: np.ndarray
    fps: float


def render_webcam_rig(
    num_frames: int,
    num_cameras: int = 3,
    seed: int = 0,
    fps: float = 30.0,
    size: tuple[int, int] = (320, 240),
    moves: bool = True,
) -> WebcamRig:
    """Renders a hand that gestures between webcams on one side of it.

    Args:
        num_frames: Number of instants T.
        num_cameras: Number of cameras, 35 degrees apart.
        seed: Another person, motion, room and rig each.
        fps: Frames per second.
        size: `(width, height)` of the images.
        moves: False for a hand that rests in its first pose: only noise changes.

    Returns:
        `WebcamRig`.

    Example:
        ```python
        rig = render_webcam_rig(num_frames=90)
        rig.images["cam1"].shape  # (90, 240, 320, 3)
        ```
    """
    rng = np.random.default_rng(seed)
    shape = np.clip(rng.normal(0, 0.8, NUM_SHAPES), -2, 2)
    looks = looks_of(rng, *skin_of(rng))
    environment = random_environment(rng)
    hand = HandModel(shape, rng.uniform(0.87, 0.98), looks.offsets())
    motion = random_motion(rng, num_frames, fps)
    cameras = _ring(rng, num_cameras, size)
    sensors = [Sensor(rng, dome_background(rng, size)) for _ in cameras]
    shots: list[list[np.ndarray]] = [[] for _ in cameras]
    joints = []
    layers: list[object] = []
    for frame in range(num_frames):
        if moves or not frame:
            posed = _posed(hand, motion, frame)
            arm = light_arm(posed, environment)
            layers = [render_arm(camera, arm, looks, environment) for camera in cameras]
        joints.append(posed.joints)
        for shot, sensor, layer in zip(shots, sensors, layers):
            shot.append(sensor.expose(rng, layer))
    images = {camera.name: np.stack(shot) for camera, shot in zip(cameras, shots)}
    return WebcamRig(cameras, images, np.stack(joints), fps)


def _posed(hand, motion, frame):
    verts, joints = hand.posed(motion.poses[frame])
    rotation, position = motion.rotations[frame], motion.positions[frame]
    return PosedHand(
        "right", verts @ rotation.T + position, joints @ rotation.T + position
    )


def _ring(rng, count, size):
    """Cameras 35 degrees apart that look at the hand from a little above."""
    first = rng.uniform(0, 360)
    return tuple(
        _camera(
            f"cam{index}", np.radians(first + 35 * index + rng.normal(0, 4)), rng, size
        )
        for index in range(count)
    )


def _camera(name, azimuth, rng, size):
    distance, height = rng.uniform(*_DISTANCE_MM), rng.uniform(*_HEIGHT_MM)
    center = WORKSPACE_MM + [
        distance * np.sin(azimuth),
        height,
        distance * np.cos(azimuth),
    ]
    target = WORKSPACE_MM + rng.normal(0, 25, 3)
    R = looking_from(center, target, np.radians(rng.normal(0, 3)))
    focal = (
        size[0] / 2 / np.tan(np.radians(_VIEW_DEGREES / 2)) * rng.uniform(0.95, 1.05)
    )
    K = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1]])
    distortion = np.array([rng.uniform(-0.1, 0.02), 0.02, 0.0, 0.0, 0.0])
    return Camera(name, K, distortion, R, -R @ center, size)
