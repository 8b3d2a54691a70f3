import numpy as np
import tensorflow as tf

from hand_geo_keras.geometry import Camera, virtual_camera, warp_crop
from hand_geo_keras.geometry.rotations import roll_matrix
from hand_geo_keras.pipelines import Augmentation, ViewTable
from hand_geo_keras.pipelines.augmentation import (
    look_through,
    random_colors,
    random_rotations,
)
from tests.pool import make_pool

SEED = tf.constant([3, 4], tf.int64)


def smooth_image(size=200):
    v, u = np.mgrid[:size, :size]
    waves = [np.sin(u / 9), np.cos(v / 7), np.sin((u + v) / 11)]
    return np.uint8(127 + 120 * np.stack(waves, -1))


def test_no_rotation_is_the_central_crop():
    images = np.random.default_rng(0).integers(0, 255, (3, 24, 24, 3), np.uint8)
    rotations = tf.eye(3, batch_shape=[3])
    cropped = look_through(images, tf.fill([3], 80.0), rotations, tf.ones([3]), 16)
    np.testing.assert_array_equal(cropped, images[:, 4:-4, 4:-4])


def test_rolled_image_equals_the_crop_of_the_rolled_virtual_camera():
    """The pipeline's roll and the geometry's roll are the same rotation."""
    camera = Camera(
        "c",
        np.array([[300.0, 0, 100], [0, 300, 100], [0, 0, 1]]),
        np.zeros(5),
        np.eye(3),
        np.zeros(3),
        (200, 200),
    )
    image, angle = smooth_image(), 0.5
    crop = virtual_camera(camera, (95, 105, 60), 64)
    stored = warp_crop(image, camera, crop.with_size(96))
    expected = warp_crop(image, camera, crop.rolled(angle))
    rolled = look_through(
        stored[None],
        tf.constant([crop.K[0, 0]], tf.float32),
        roll_matrix(tf.constant([angle]), tf),
        tf.ones([1]),
        64,
    )[0]
    difference = np.abs(rolled.numpy().astype(float) - expected)
    assert difference.mean() < 1.5 and difference.max() < 16


def test_rolling_back_restores_image_rotation_and_pose():
    image = smooth_image(96)[None]
    focal, one = tf.constant([150.0]), tf.ones([1])
    roll = roll_matrix(tf.constant([0.6]), tf)
    there = look_through(image, focal, roll, one, 96)
    back = look_through(there, focal, tf.linalg.matrix_transpose(roll), one, 48)
    error = np.abs(back[0].numpy().astype(float) - image[0, 24:-24, 24:-24])
    assert error.mean() < 2
    pose = np.random.default_rng(0).normal(size=(21, 3)).astype(np.float32)
    rotated = pose @ roll[0].numpy().T
    np.testing.assert_allclose(rotated @ roll[0].numpy(), pose, atol=1e-6)


def test_pose_projects_to_where_the_augmented_image_shows_it():
    """Joints rotated with R hit the pixels that the homography moved them to."""
    pool = make_pool(crop_size=64, stored_size=96)
    table = ViewTable(pool, Augmentation(roll=40, shift=0.1))
    views = tf.constant([[0, 4]], tf.int32)
    batch = table.read(views, SEED)
    poses, weights = table.poses(views, batch["rotation"])
    joints = pool.joints[pool.instant_of_view[[0, 4]]]
    expected = (joints - joints[:, :1]) @ np.swapaxes(batch["rotation"][0], -1, -2)
    np.testing.assert_allclose(poses[0], expected, atol=1e-3)
    rotation = batch["rotation"][0] @ np.swapaxes(pool.rotations[[0, 4]], -1, -2)
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-4)
    assert (weights.numpy() == 1).all()


def test_ranges_are_kept_and_zoom_is_shared_within_a_group():
    ranges = Augmentation(roll=20, shift=0.0, zoom=0.2)
    focals = tf.fill([400], 100.0)
    rotations, zooms = random_rotations(SEED, 100, 4, focals, 64, ranges)
    angles = np.degrees(np.arctan2(rotations[:, 1, 0], rotations[:, 0, 0]))
    assert 18 < np.abs(angles).max() <= 20.001
    grouped = zooms.numpy().reshape(100, 4)
    np.testing.assert_array_equal(grouped, grouped[:, :1].repeat(4, 1))
    assert np.abs(np.log(grouped)).max() <= 0.2001


def test_augmentation_makes_images_neither_brighter_nor_darker():
    """Interpolation and gains are rounded, not truncated."""
    image = tf.constant(smooth_image()[None])
    roll = roll_matrix(tf.constant([0.3]), tf)
    args = tf.constant([300.0]), roll, tf.ones([1])
    turned = look_through(image, *args, 128).numpy().mean((0, 1, 2))
    exact = look_through(tf.cast(image, tf.float32), *args, 128).numpy().mean((0, 1, 2))
    np.testing.assert_allclose(turned, exact, atol=0.02)
    grey = tf.fill([4000, 1, 2, 2, 3], tf.constant(100, tf.uint8))
    (changed,) = random_colors([grey], SEED, Augmentation(brightness=0.01))
    assert abs(changed.numpy().mean() - 100) < 0.15


def test_colours_change_alike_in_images_and_backgrounds_of_a_quad():
    grey = tf.constant(np.full((2, 4, 8, 8, 3), 90, np.uint8))
    ranges = Augmentation(brightness=0.2, contrast=0.3, color=0.2)
    images, backgrounds = random_colors([grey, grey], SEED, ranges)
    np.testing.assert_array_equal(images, backgrounds)
    values = images.numpy()
    assert (values == values[:, :1, :1, :1]).all()
    assert (values[0] != values[1]).any()
