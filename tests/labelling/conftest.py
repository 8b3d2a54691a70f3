"""A tiny rig whose frames tell their number, and a detector with known noise."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.geometry import Camera
from hand_geo_keras.labelling import ViewHand
from hand_geo_keras.recordings import open_recording, write_rig
from tests.recordings.conftest import hand_joints, write_video

SIZE = (64, 48)
FRAMES = 24


def make_camera(name, angle):
    R, _ = cv2.Rodrigues(np.array([0.0, angle, 0.0]))
    K = np.array([[140.0, 0, 32], [0, 140, 24], [0, 0, 1]])
    return Camera(name, K, np.zeros(5), R, np.array([0, 0, 500.0]), SIZE)


def true_joints(frame):
    """`[21, 3]` mm: a right hand that bends, turns and moves smoothly."""
    joints = hand_joints(0.35 + 0.2 * np.sin(frame / 5)) * 0.9
    R, _ = cv2.Rodrigues(np.array([0.1 * np.sin(frame / 9), frame / 40, 0]))
    return joints @ R.T + [10 * np.sin(frame / 8), 5, frame / 2]


class FakeReader:
    """Sees the true joints, with noise; says how much.

    Args:
        noise: Standard deviation in pixels.
        lost: Set of `(camera, frame)` without a hand.
        wrong: dict from `(camera, frame)` to an offset in pixels.
        side: Of the hand that it shows.
    """

    looks_again = False
    name = "fake"

    def __init__(self, noise=0.3, lost=(), wrong=None, side="right"):
        self.noise, self.lost, self.wrong = noise, set(lost), wrong or {}
        self.side, self.calls = side, 0

    def follower(self):
        return self.read

    def read(self, camera, image):
        self.calls += 1
        frame = round(float(image.mean()) / 10)
        if (camera.name, frame) in self.lost:
            return None
        joints = true_joints(frame)
        if self.side == "left":
            joints = joints * [-1, 1, 1]
        seed = [frame, *camera.name.encode()]
        noise = np.random.default_rng(seed).normal(0, self.noise, (21, 2))
        pixels = camera.project(joints) + noise
        pixels += self.wrong.get((camera.name, frame), 0)
        return ViewHand(pixels, np.full(21, max(self.noise, 0.05)), 0.9)


@pytest.fixture
def cameras():
    return [make_camera("a", -0.5), make_camera("b", 0.0), make_camera("c", 0.6)]


@pytest.fixture
def folder(tmp_path, cameras):
    """Folder of a rig of three cameras without labels."""
    path = tmp_path / "rig"
    for camera in cameras:
        write_video(path / f"{camera.name}.mp4", FRAMES, SIZE)
    write_rig(path, cameras, {c.name: f"{c.name}.mp4" for c in cameras}, fps=30)
    return path


@pytest.fixture
def recording(folder):
    return open_recording(folder, labels=False)
