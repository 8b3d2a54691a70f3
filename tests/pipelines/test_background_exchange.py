import numpy as np
import tensorflow as tf

from hand_geo_keras.pipelines import Augmentation, ViewTable, quad_dataset
from hand_geo_keras.pipelines.background_exchange import exchange_backgrounds
from tests.pool import make_pool

SEED = tf.constant([3, 4], tf.int64)


def scene(count=4, size=32):
    """Grey rooms with a bright square in the centre, and a darker room."""
    rooms = np.full((count, size, size, 3), 90, np.uint8)
    images = rooms.copy()
    images[:, 10:22, 10:22] = 220
    return images, rooms, np.full_like(rooms, 30)


def test_hand_stays_and_room_changes():
    images, rooms, others = scene()
    mixed, backgrounds = exchange_backgrounds(images, rooms, others, SEED, 1.0)
    np.testing.assert_array_equal(backgrounds, others)
    np.testing.assert_array_equal(mixed[:, 10:22, 10:22], images[:, 10:22, 10:22])
    np.testing.assert_array_equal(mixed[:, :5], others[:, :5])
    assert mixed.dtype == tf.uint8


def test_image_and_background_change_together_in_the_chosen_fraction():
    images, rooms, others = scene(count=2000, size=24)
    mixed, backgrounds = exchange_backgrounds(images, rooms, others, SEED, 0.3)
    image_changed = (mixed.numpy() != images).any((1, 2, 3))
    room_changed = (backgrounds.numpy() != rooms).any((1, 2, 3))
    np.testing.assert_array_equal(image_changed, room_changed)
    assert 0.26 < image_changed.mean() < 0.34


def test_rotations_and_labels_do_not_change():
    pool = make_pool(crop_size=64, stored_size=96)
    views = tf.constant([[0, 4], [2, 6]], tf.int32)
    plain = ViewTable(pool, Augmentation(roll=40)).read(views, SEED)
    changed = ViewTable(pool, Augmentation(roll=40, background=1.0)).read(views, SEED)
    assert (plain["background"].numpy() != changed["background"].numpy()).any()
    for name in ("rotation", "hand_center", "crop_scale"):
        np.testing.assert_array_equal(plain[name], changed[name])


def test_labelled_images_change_like_those_of_quads():
    pool = make_pool(crop_size=64, stored_size=96)
    table = ViewTable(pool, Augmentation(background=1.0))
    views = tf.constant([[0], [5]], tf.int32)
    image = table.read(views, SEED, with_background=False)
    assert "background" not in image
    np.testing.assert_array_equal(image["image"], table.read(views, SEED)["image"])


def test_batches_repeat_under_a_seed():
    pool = make_pool(crop_size=32, stored_size=48)
    first, second = (
        next(iter(quad_dataset(pool, 2, 5, Augmentation(background=0.5))))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first["image"], second["image"])
