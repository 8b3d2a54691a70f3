"""A detector that sees the true joints of a hand in motion, with known noise."""

import cv2
import numpy as np

from hand_geo_keras.labelling import ViewHand
from tests.recordings.conftest import hand_joints


def true_joints(frame):
    """`[21, 3]` mm: a right hand that bends, turns and moves smoothly."""
    joints = hand_joints(0.35 + 0.2 * np.sin(frame / 5)) * 0.9
    R, _ = cv2.Rodrigues(np.array([0.1 * np.sin(frame / 9), frame / 40, 0]))
    return joints @ R.T + [10 * np.sin(frame / 8), 5, frame / 2]


class FakeReader:
    """Sees the true joints, with noise; says how much.

    Args:
        noise: Std in pixels.
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
