import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines import (
    Augmentation,
    QuadSampler,
    fixed_quads,
    quad_dataset,
)
from tests.pool import make_pool


def sample(pool, count=500, **kwargs):
    seed = tf.constant([1, 2], tf.int64)
    return QuadSampler(pool, **kwargs).sample(seed, count).numpy()


def test_quads_are_two_views_at_t_and_two_at_another_time_of_one_sequence():
    pool = make_pool(sequences=3, instants=5)
    views = sample(pool)
    instants = pool.instant_of_view[views]
    assert (instants[:, 0] == instants[:, 1]).all()
    assert (instants[:, 2] == instants[:, 3]).all()
    assert (instants[:, 0] != instants[:, 2]).all()
    assert (pool.sequences[instants[:, 0]] == pool.sequences[instants[:, 2]]).all()
    assert (views[:, 0] != views[:, 1]).all() and (views[:, 2] != views[:, 3]).all()


def test_every_view_and_every_other_time_comes_up_evenly():
    pool = make_pool(sequences=1, instants=4, views=3)
    views = sample(pool, 6000)
    counts = np.bincount(views[:, 0], minlength=12)
    assert counts.min() > 0.8 * 500 and counts.max() < 1.2 * 500
    instants = pool.instant_of_view[views]
    apart = np.bincount((instants[:, 2] - instants[:, 0]) % 4, minlength=4)
    assert apart[0] == 0 and apart[1:].min() > 0.9 * 2000


def test_time_gap_keeps_neighbouring_frames_apart():
    pool = make_pool(sequences=1, instants=9)
    instants = pool.instant_of_view[sample(pool, min_time_gap=3)]
    apart = (instants[:, 2] - instants[:, 0]) % 9
    assert apart.min() == 3 and apart.max() == 6


def test_instants_with_one_view_are_left_out():
    pool = make_pool(sequences=1, instants=4, views=2)
    pool.num_views[1] = 1
    assert 1 not in pool.instant_of_view[sample(pool)]


def test_no_partner_is_a_typed_error():
    with pytest.raises(DatasetError, match="at least two instants"):
        quad_dataset(make_pool(instants=1), batch_size=2)


@pytest.mark.parametrize("gap", [0, -1, 1.5])
def test_a_time_gap_is_a_whole_number_of_instants(gap):
    with pytest.raises(ValueError, match=f"1 or more. Received: min_time_gap={gap}"):
        sample(make_pool(), min_time_gap=gap)
    np.testing.assert_array_equal(
        sample(make_pool(), min_time_gap=2.0), sample(make_pool(), min_time_gap=2)
    )


def test_batches_depend_only_on_seed_and_number():
    pool = make_pool()
    augmentation = Augmentation(roll=30, shift=0.1, zoom=0.1, brightness=0.1)

    def batches(seed, first, count):
        dataset = quad_dataset(pool, 2, seed, augmentation, first_batch=first)
        return [batch["image"].numpy() for batch in dataset.take(count)]

    whole, later = batches(5, 0, 4), batches(5, 2, 2)
    np.testing.assert_array_equal(whole[2], later[0])
    np.testing.assert_array_equal(whole[3], later[1])
    assert (whole[0] != whole[1]).any()
    assert (whole[0] != batches(6, 0, 1)[0]).any()


def test_rotations_and_images_belong_to_the_same_views():
    pool = make_pool()
    batch = next(iter(quad_dataset(pool, 8)))
    views = batch["image"][..., 0].numpy()[:, :, 0, 0]
    np.testing.assert_allclose(batch["rotation"], pool.rotations[views], atol=1e-6)
    np.testing.assert_array_equal(
        batch["background"], pool.backgrounds[views][:, :, 4:-4, 4:-4]
    )


def test_the_place_of_the_hand_follows_the_rotated_and_zoomed_camera():
    pool = make_pool()
    pool.translations[:, :2] = [3.0, -5.0]  # no longer looking straight at one point
    ranges = Augmentation(roll=40, shift=0.2, zoom=0.3)
    batch = next(iter(quad_dataset(pool, 8, augmentation=ranges)))
    views = batch["image"][..., 0].numpy()[:, :, 8, 8]
    hand = pool.hand_points[pool.instant_of_view[views]]
    rotation = batch["rotation"].numpy() @ np.swapaxes(pool.rotations[views], -1, -2)
    in_view = (batch["rotation"].numpy() @ hand[..., None])[..., 0]
    in_view += (rotation @ pool.translations[views][..., None])[..., 0]
    # Half the side of the crop, in mm, at the hand: 16 px / 2 at focal length 80.
    zoom = in_view[..., 2] * 8 / 80 / batch["crop_scale"].numpy()
    np.testing.assert_allclose(zoom, zoom[:, :1] * np.ones(4), rtol=1e-4)
    assert np.exp(-0.31) < zoom.min() < zoom.max() < np.exp(0.31)
    pixels = 80 * zoom[..., None] * in_view[..., :2] / in_view[..., 2:]
    np.testing.assert_allclose(batch["hand_center"], pixels / 8, atol=1e-4)


def test_fixed_quads_are_finite_and_repeatable():
    pool = make_pool()
    first, second = (
        np.concatenate([batch["image"] for batch in fixed_quads(pool, 5, 2)])
        for _ in range(2)
    )
    assert first.shape == (5, 4, 16, 16, 3)
    np.testing.assert_array_equal(first, second)
