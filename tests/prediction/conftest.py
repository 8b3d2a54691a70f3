"""A model that knows the answer, a camera and a hand in front of it."""

import types

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.geometry import Camera
from hand_geo_keras.models import PoseEstimator, PoseHead, UNetEncoder

SIZE = (160, 120)


class Oracle(keras.Model):
    """Returns given poses in turn and remembers the crops it saw."""

    def __init__(self, poses):
        super().__init__()
        self.encoder = types.SimpleNamespace(image_size=32)
        self.pose_head = None
        self.answers = list(np.float32(poses))
        self.crops = []

    def call(self, inputs, training=None):
        poses = tf.numpy_function(self._answer, [inputs["image"]], tf.float32)
        return tf.ensure_shape(poses, (None, 21, 3))

    def _answer(self, images):
        self.crops.extend(images)
        answers, self.answers = (
            self.answers[: len(images)],
            self.answers[len(images) :],
        )
        return np.stack(answers)


def make_camera(name="cam", angle=0.0, distortion=(0, 0, 0, 0, 0), size=SIZE):
    R, _ = cv2.Rodrigues(np.array([0.0, angle, 0.0]))
    K = [[150.0, 0, size[0] / 2 + 3], [0, 152, size[1] / 2 - 2], [0, 0, 1]]
    return Camera(name, K, distortion, R, [0, 0, 500.0], size)


@pytest.fixture
def camera():
    return make_camera()


@pytest.fixture
def joints():
    """`[21, 3]` world joints of a hand of about 150 mm near the origin."""
    joints = np.random.default_rng(1).uniform(-60, 60, (21, 3))
    joints[0] = (10, 70, 5)
    return joints


@pytest.fixture
def tiny_model():
    encoder = UNetEncoder(32, (4, 8), 6, 4)
    model = PoseEstimator(encoder, PoseHead(6, hidden_units=(8,)))
    model.adapt(np.random.default_rng(0).normal(0, 40, (8, 21, 3)))
    return model
