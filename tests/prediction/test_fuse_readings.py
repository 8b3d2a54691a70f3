import numpy as np
import pytest

from hand_geo_keras.geometry import square_box
from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.prediction import fuse_readings
from hand_geo_keras.prediction.hand_reader import Reading, Region
from hand_geo_keras.prediction.hand_size import HandSize
from tests.motion_files.conftest import moving_joints
from tests.prediction.conftest import make_camera

LENS = (-0.2, 0.1, 0.001, 0, 0)


@pytest.fixture
def hand():
    joints = moving_joints(3, seed=4)[1]
    return joints - joints.mean(0) + [15.0, -10, 20]


def view(angle, name="c"):
    return make_camera(name, angle, LENS, size=(640, 480))


def read(camera, joints, scale=1.0, noise=0.0, seed=0):
    """What a perfect network says of a hand, of whose size it has an own idea."""
    rng = np.random.default_rng(seed)
    pixels = camera.project(joints) + rng.normal(0, 1, (21, 2)) * noise
    relative = (joints - joints[0]) @ camera.R.T * scale
    box = np.array(square_box(pixels, 0.4))
    return Reading(relative, pixels, np.full(21, 0.1 * box[2]), 0.9, 0.9, Region(box))


def test_one_view_and_the_true_size_give_the_exact_place(hand):
    camera = view(0.4)
    size = HandSize(total_bone_length_mm=bone_lengths(hand).sum())
    joints, used = fuse_readings([camera], [read(camera, hand, scale=0.8)], size)
    np.testing.assert_allclose(joints, hand, atol=0.05)
    assert used.tolist() == [True]


def test_one_view_without_a_size_is_at_the_distance_of_the_models_hand(hand):
    camera = view(0.0)
    joints, _ = fuse_readings([camera], [read(camera, hand, scale=1.1)])
    ratio = camera.to_camera(joints)[0, 2] / camera.to_camera(hand)[0, 2]
    assert ratio == pytest.approx(1.1, abs=0.02)


@pytest.mark.parametrize("angles", [(-0.5, 0.4), (-0.6, 0.0, 0.7)])
def test_several_views_find_the_place_whatever_the_size(hand, angles):
    cameras = [view(angle) for angle in angles]
    readings = [read(camera, hand, scale=0.85) for camera in cameras]
    joints, used = fuse_readings(cameras, readings)
    np.testing.assert_allclose(joints, hand, atol=1.0)
    assert used.all()


def test_noisy_views_are_better_than_one(hand):
    cameras = [view(angle) for angle in (-0.6, -0.2, 0.3, 0.7)]
    readings = [read(c, hand, noise=1.0, seed=n) for n, c in enumerate(cameras)]

    def error(count):
        joints, _ = fuse_readings(cameras[:count], readings[:count])
        return np.linalg.norm(joints - hand, axis=1).mean()

    assert error(4) < 4 < error(1)


def test_a_view_of_another_hand_is_dropped(hand):
    cameras = [view(angle) for angle in (-0.5, 0.0, 0.5)]
    readings = [read(camera, hand) for camera in cameras]
    readings[1] = read(cameras[1], hand + [90, 60, 0])
    joints, used = fuse_readings(cameras, readings)
    np.testing.assert_allclose(joints, hand, atol=0.5)
    assert used.tolist() == [True, False, True]


def test_two_views_of_different_hands_are_no_hand(hand):
    cameras = [view(-0.5), view(0.5)]
    readings = [read(cameras[0], hand), read(cameras[1], hand + [0, 150, 0])]
    joints, _ = fuse_readings(cameras, readings)
    assert joints is None


def test_no_view():
    with pytest.raises(ValueError, match="at least one camera"):
        fuse_readings([], [])
