"""Balls that fly about between cameras, filmed in memory: seconds of video at once."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np

from hand_geo_keras.geometry import Camera
from hand_geo_keras.recordings import Recording

SIZE = (160, 120)
_BALLS, _RADIUS_MM = 2, 28


class ArrayFrames:
    """Frames that are given as `[T, H, W, 3]`, or as a list with None where missing."""

    missing = frozenset()
    fps = 30
    path = Path("nowhere")
    is_unfinished = False
    files = ()
    resolution = SIZE

    def __init__(self, images):
        self.images, self.num_frames = images, len(images)

    def frame_times_ms(self, max_frames):
        return ()

    def file_of(self, index):
        return self.path

    def read(self, indices):
        return ((index, self.images[index]) for index in indices)


class FilmedRig(Recording):
    """A recording without labels of what `film` returned."""

    def __init__(self, cameras, images, offsets=None):
        sources = {camera.name: ArrayFrames(images[camera.name]) for camera in cameras}
        count = min(len(of_camera) for of_camera in images.values())
        super().__init__("rig", "rig", cameras, sources, count, 30, offsets)

    def _read_hands(self, frame):
        return ()


def ring(count):
    """Cameras 35 degrees apart, half a metre from the balls, each a little rolled."""
    return tuple(
        _camera(f"cam{index}", 35.0 * index, 9.0 * index) for index in range(count)
    )


def _camera(name, degrees, roll):
    around, _ = cv2.Rodrigues(np.radians([0.2 * degrees, degrees, 0.0]))
    rolled, _ = cv2.Rodrigues(np.radians([0.0, 0.0, roll]))
    K = np.array([[200.0, 0, 80], [0, 200, 60], [0, 0, 1]])
    return Camera(name, K, np.zeros(5), rolled @ around, np.array([0, 0, 500.0]), SIZE)


def film(cameras, num_frames=150, seed=0, noise=2.0, moves=True):
    """dict from camera name to `[T, 120, 160, 3]` uint8 RGB."""
    rng = np.random.default_rng(seed)
    centers = rng.uniform(-40, 40, (_BALLS, 3))
    reach, speed = rng.uniform(30, 80, (_BALLS, 3)), rng.uniform(0.1, 0.35, (_BALLS, 3))
    phase = rng.uniform(0, 6, (_BALLS, 3))
    times = np.arange(num_frames) if moves else np.zeros(num_frames)
    paths = centers + reach * np.sin(speed * times[:, None, None] + phase)
    return {camera.name: _shots(camera, paths, noise, rng) for camera in cameras}


def wall(camera):
    """`[120, 160, 3]` uint8: what a camera sees behind the balls."""
    cells = np.random.default_rng(ord(camera.name[-1])).uniform(60, 130, (6, 8))
    grey = cv2.resize(cells.astype(np.float32), SIZE)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=-1)


def _shots(camera, paths, noise, rng):
    images = np.empty((len(paths), SIZE[1], SIZE[0], 3), np.uint8)
    for image, balls in zip(images, paths):
        grey = wall(camera)[..., 0].astype(np.float32)
        depths = camera.to_camera(balls)[:, 2]
        for ball in np.argsort(-depths):
            at = np.round(8 * camera.project(balls[ball])).astype(int)
            radius = round(8 * _RADIUS_MM * camera.K[0, 0] / depths[ball])
            cv2.circle(
                grey, tuple(map(int, at)), radius, 180 + 10 * int(ball), -1, shift=3
            )
        grey += noise * rng.standard_normal(grey.shape)
        image[:] = np.clip(grey, 0, 255)[..., None]
    return images


def turned(camera, degrees, axis=0):
    """The camera after it was turned about one of its own axes."""
    vector = np.zeros(3)
    vector[axis] = np.radians(degrees)
    R = cv2.Rodrigues(vector)[0]
    return dataclasses.replace(camera, R=R @ camera.R, t=R @ camera.t)
