import numpy as np

from hand_geo_keras.models.random_rotation import random_rotation


def angles(rotations):
    trace = np.trace(rotations, axis1=1, axis2=2)
    return np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))


def test_rotations_are_proper_and_within_the_angle():
    rotations = np.asarray(random_rotation(500, np.radians(30.0), seed=1))
    identity = rotations @ rotations.transpose(0, 2, 1)
    np.testing.assert_allclose(identity, [np.eye(3)] * 500, atol=1e-5)
    np.testing.assert_allclose(np.linalg.det(rotations), np.ones(500), atol=1e-5)
    assert angles(rotations).max() < 30.1
    assert angles(rotations).max() > 28.0


def test_no_angle_no_rotation():
    rotations = np.asarray(random_rotation(3, 0.0, seed=1))
    np.testing.assert_allclose(rotations, [np.eye(3)] * 3, atol=1e-6)
