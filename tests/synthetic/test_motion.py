import numpy as np

from hand_geo_keras.geometry.boxes import square_box
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.hand_model import HandModel
from hand_geo_keras.synthetic.motion import random_motion, smooth_noise
from hand_geo_keras.synthetic.poses import (
    LOWER_LIMITS,
    UPPER_LIMITS,
    WRIST_LIMITS,
)


def motion(seed=0, frames=120, fps=4.0):
    return random_motion(np.random.default_rng(seed), frames, fps)


def world_joints(motion):
    hand = HandModel(np.zeros(12), scale=1.0)
    posed = [hand.posed(pose)[1] for pose in motion.poses]
    return (
        np.einsum("tij,tkj->tki", motion.rotations, posed) + motion.positions[:, None]
    )


def test_same_seed_same_motion():
    a, b, other = motion(1), motion(1), motion(2)
    np.testing.assert_array_equal(a.rotations, b.rotations)
    np.testing.assert_array_equal(a.poses[50].fingers, b.poses[50].fingers)
    assert np.abs(a.positions - other.positions).max() > 10


def test_angles_stay_within_the_anatomical_limits():
    for pose in motion(3, 300).poses:
        assert (pose.fingers >= LOWER_LIMITS - 1e-9).all()
        assert (pose.fingers <= UPPER_LIMITS + 1e-9).all()
        assert (pose.wrist >= WRIST_LIMITS[0]).all()
        assert (pose.wrist <= WRIST_LIMITS[1]).all()
        assert 0 <= pose.elbow <= 145


def test_rotations_are_rotations():
    rotations = motion().rotations
    eye = np.broadcast_to(np.eye(3), rotations.shape)
    np.testing.assert_allclose(rotations @ rotations.transpose(0, 2, 1), eye, atol=1e-9)
    assert (np.linalg.det(rotations) > 0).all()


def test_motion_is_smooth_at_high_rate():
    joints = world_joints(motion(4, 90, fps=30.0))
    # Nobody moves a fingertip faster than about 6 m/s; jumps would.
    assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() < 200


def test_instants_differ_at_the_sampled_rate():
    joints = world_joints(motion(5))
    moved = np.linalg.norm(np.diff(joints, axis=0), axis=-1).mean(1)
    assert np.median(moved) > 30


def test_every_camera_sees_the_whole_hand():
    joints = world_joints(motion(6, 150))
    for camera in dome_cameras():
        for pose in joints[::3]:
            x, y, side = square_box(camera.project(pose), margin=0.5)
            assert side / 2 <= x <= camera.resolution[0] - side / 2
            assert side / 2 <= y <= camera.resolution[1] - side / 2


def test_the_hand_is_seen_from_all_sides():
    normals = np.concatenate([motion(k).rotations[:, :, 0] for k in range(6)])
    azimuth = np.degrees(np.arctan2(normals[:, 0], normals[:, 2])) % 360
    assert (np.histogram(azimuth, 6, (0, 360))[0] > 20).all()


def test_smooth_noise_has_unit_variance():
    noise = smooth_noise(np.random.default_rng(0), (4000, 3), 4.0)
    assert noise.shape == (4000, 3)
    np.testing.assert_allclose(noise.std(0), 1, atol=0.15)
    assert np.abs(np.diff(noise, axis=0)).max() < 1
