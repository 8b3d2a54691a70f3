import keras
import numpy as np

from hand_geo_keras.geometry.skeleton import PARENTS
from hand_geo_keras.layers import PerspectiveLift
from hand_geo_keras.layers.perspective_lift import palm_axes


def projected(pose, distance, scale):
    """2.5D points of a pose [21, 3] whose wrist is `distance` away."""
    joints = pose - pose[0] + [0, 0, distance]
    xy = joints[:, :2] / joints[:, 2:] / scale
    z = (joints[:, 2:] / distance - 1) / scale
    return np.c_[xy, z].astype("float32")


def random_pose(seed):
    pose = np.random.default_rng(seed).normal(0, 40, (21, 3))
    return pose - pose[0]


def bone_sum(pose):
    return np.linalg.norm(pose[1:] - pose[list(PARENTS[1:])], axis=1).sum()


def test_recovers_a_projected_hand_up_to_its_size():
    pose, scale = random_pose(0), 0.15
    layer = PerspectiveLift(total_bone_length=bone_sum(pose))
    points = projected(pose, 600, scale)[None]
    lifted = layer({"latent_3d": points, "scale": np.array([scale], "float32")})
    np.testing.assert_allclose(np.asarray(lifted)[0], pose, atol=0.02)


def test_free_points_and_the_hand_s_size_do_not_matter():
    layer = PerspectiveLift(900.0)
    pose, scale = random_pose(1), np.array([0.2], "float32")
    near = projected(pose, 500, 0.2)[None]
    far_and_large = projected(3 * pose, 1500, 0.2)[None]
    extra = np.concatenate([near, np.ones((1, 7, 3), "float32")], axis=1)
    expected = np.asarray(layer({"latent_3d": near, "scale": scale}))
    for points in (far_and_large, extra):
        lifted = layer({"latent_3d": points, "scale": scale})
        np.testing.assert_allclose(np.asarray(lifted), expected, atol=0.02)
    np.testing.assert_allclose(bone_sum(expected[0]), 900, rtol=1e-4)


def test_mixing_joints_commutes_with_rotations_about_the_optical_axis():
    layer = PerspectiveLift()
    layer.build(None)
    rng = np.random.default_rng(2)
    layer.mixing.assign(np.eye(21) + 0.05 * rng.normal(0, 1, (21, 21)))
    rotation = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], "float32")
    points = projected(random_pose(3), 700, 0.1)[None]
    scale = np.array([0.1], "float32")
    upright = np.asarray(layer({"latent_3d": points, "scale": scale}))
    rolled = np.asarray(layer({"latent_3d": points @ rotation.T, "scale": scale}))
    np.testing.assert_allclose(rolled, upright @ rotation.T, atol=1e-2)


def test_is_rebuilt_from_its_config():
    layer = PerspectiveLift(total_bone_length=800.0, name="lift")
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert copy.get_config() == layer.get_config()


def test_offsets_are_in_the_axes_of_the_palm():
    plain, shifted = PerspectiveLift(), PerspectiveLift(joint_offsets=True)
    for layer in (plain, shifted):
        layer.build(None)
    assert len(plain.weights) == 1  # files without offsets can still be read
    offsets = np.zeros((21, 3), "float32")
    offsets[8] = [3, 0, 0]  # towards the index finger
    offsets[0] = [0, 2, 0]  # the wrist, towards the fingers
    shifted.offsets.assign(offsets)
    points = projected(random_pose(4), 700, 0.1)[None]
    inputs = {"latent_3d": points, "scale": np.array([0.1], "float32")}
    before, after = (np.asarray(layer(inputs))[0] for layer in (plain, shifted))
    along = before[9] / np.linalg.norm(before[9])
    across = before[5] - before[17]
    across -= (across @ along) * along
    across /= np.linalg.norm(across)
    expected = before - 2 * along  # relative to the wrist, which moved
    expected[0] = 0
    expected[8] += 3 * across
    np.testing.assert_allclose(after, expected, atol=1e-3)


def test_axes_of_a_right_palm_point_out_of_it():
    """The back of a right hand faces the camera, fingers up: the thumb is left."""
    pose = np.zeros((1, 21, 3), "float32")
    pose[0, [5, 9, 17]] = [[-20, -90, 0], [0, -90, 0], [35, -75, 0]]
    axes = np.asarray(palm_axes(pose))[0]
    np.testing.assert_allclose(axes, [[-1, 0, 0], [0, -1, 0], [0, 0, 1]], atol=1e-5)
