import keras
import numpy as np
import pytest

from hand_geo_keras.geometry.skeleton import PARENTS
from hand_geo_keras.layers import JointConvention
from tests.layers.test_perspective_lift import projected, random_pose

SCALE, DISTANCE = 0.15, 600.0
RNG = np.random.default_rng(7)


@pytest.fixture
def layer():
    layer = JointConvention()
    layer.build(None)
    return layer


def moved(layer, points):
    scale = np.array([SCALE], "float32")
    return np.asarray(layer({"latent_3d": np.float32(points)[None], "scale": scale}))[0]


def in_space(points):
    """`projected` backwards: `[21, 3]` mm, camera frame."""
    depths = DISTANCE * (1 + SCALE * points[:, 2:])
    return np.c_[points[:, :2] * SCALE * depths, depths]


def unit(vector):
    return vector / np.linalg.norm(vector)


def hand_axes(joints):
    along = unit(joints[9] - joints[0])
    across = joints[5] - joints[17]
    across = unit(across - (across @ along) * along)
    return np.stack([across, along, np.cross(across, along)])


def test_without_offsets_only_the_wrist_s_depth_becomes_zero(layer):
    points = projected(random_pose(0), DISTANCE, SCALE)
    np.testing.assert_allclose(moved(layer, points + [0, 0, 0.3]), points, atol=1e-4)


def test_moves_joints_in_space_by_a_polynomial_of_the_view(layer):
    weights = RNG.normal(0, 0.01, (9, 21, 3))
    layer.offsets.assign(weights)
    points = projected(random_pose(1), DISTANCE, SCALE)
    joints = in_space(points)
    axes = hand_axes(joints)
    x, y, z = axes @ -unit(joints.mean(0))
    terms = [1, x, y, z, x * x, y * y, x * y, x * z, y * z]
    bones = np.linalg.norm(joints[1:] - joints[list(PARENTS[1:])], axis=1).sum()
    expected = joints + bones * np.einsum("k,kja->ja", terms, weights) @ axes
    found = moved(layer, points)
    np.testing.assert_allclose(
        found[:, :2], expected[:, :2] / expected[:, 2:] / SCALE, atol=1e-4
    )
    np.testing.assert_allclose(
        found[:, 2], (expected[:, 2] / expected[0, 2] - 1) / SCALE, atol=1e-4
    )


def test_commutes_with_rotations_about_the_optical_axis(layer):
    layer.offsets.assign(RNG.normal(0, 0.01, (9, 21, 3)))
    rotation = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    points = projected(random_pose(2), DISTANCE, SCALE)
    rolled = moved(layer, points @ rotation.T)
    np.testing.assert_allclose(rolled, moved(layer, points) @ rotation.T, atol=1e-4)


def test_free_points_stay(layer):
    layer.offsets.assign(RNG.normal(0, 0.01, (9, 21, 3)))
    free = RNG.normal(0, 1, (5, 3))
    points = projected(random_pose(3), DISTANCE, SCALE)
    found = moved(layer, np.concatenate([points, free]))
    np.testing.assert_allclose(found[21:], free, atol=1e-6)
    np.testing.assert_allclose(found[:21], moved(layer, points), atol=1e-6)


def test_a_hand_that_would_end_up_behind_the_camera_stays_finite(layer):
    layer.offsets.assign(np.full((9, 21, 3), -5.0))
    points = projected(random_pose(4), DISTANCE, SCALE)
    assert np.isfinite(moved(layer, points)).all()


def test_is_rebuilt_from_its_config():
    layer = JointConvention(name="convention")
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert copy.get_config() == layer.get_config()
