import numpy as np

from hand_geo_keras.geometry.rotations import relative_rotation
from hand_geo_keras.layers import LatentRotation
from tests import zoo


def test_equals_numpy():
    points = np.random.default_rng(0).normal(size=(4, 7, 3)).astype("float32")
    rotation = zoo.rotations(4)
    rotated = LatentRotation()({"latent_3d": points, "rotation": rotation})
    expected = np.stack([[R @ x for x in rows] for R, rows in zip(rotation, points)])
    np.testing.assert_allclose(rotated, expected, atol=1e-5)


def test_there_and_back_is_the_identity():
    points = np.random.default_rng(0).normal(size=(4, 7, 3)).astype("float32")
    rotation = zoo.rotations(4)
    there = LatentRotation()({"latent_3d": points, "rotation": rotation})
    back = LatentRotation()(
        {"latent_3d": there, "rotation": rotation.transpose(0, 2, 1)}
    )
    np.testing.assert_allclose(back, points, atol=1e-5)


def test_rotates_camera_points_of_one_view_into_those_of_another():
    world = np.random.default_rng(1).normal(size=(9, 3))
    R_i, R_j = zoo.rotations(2)
    rotated = LatentRotation()(
        {
            "latent_3d": (world @ R_i.T)[None].astype("float32"),
            "rotation": relative_rotation(R_i, R_j)[None].astype("float32"),
        }
    )
    np.testing.assert_allclose(rotated[0], world @ R_j.T, atol=1e-5)
