import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.pipelines import (
    Augmentation,
    ViewTable,
    choose_labels,
    evaluation_dataset,
    joined_batches,
    labelled_dataset,
    labelled_views,
    semi_supervised_dataset,
)
from tests.pool import make_pool


def test_smaller_budgets_are_subsets_of_larger_ones():
    pool = make_pool()
    small, large = choose_labels(pool, 5, seed=1), choose_labels(pool, 11, seed=1)
    np.testing.assert_array_equal(small, large[:5])
    assert len(set(large)) == 11
    assert set(small) != set(choose_labels(pool, 5, seed=2))


def test_corrected_labels_come_first():
    pool = make_pool()
    before = choose_labels(pool, 11, seed=1)
    pool.corrected[[2, 5]] = True
    chosen = choose_labels(pool, 11, seed=1)
    corrected = pool.corrected[pool.instant_of_view[chosen]]
    count = int(pool.num_views[[2, 5]].sum())
    assert corrected[:count].all() and not corrected[count:].any()
    others = [view for view in before if view not in chosen[:count]]
    np.testing.assert_array_equal(chosen[count:], others[: 11 - count])


def test_no_labels_and_fewer_are_typed_errors():
    pool = make_pool()
    assert len(choose_labels(pool, 0)) == 0
    with pytest.raises(DatasetError, match="number from 0 on"):
        choose_labels(pool, -3)
    with pytest.raises(DatasetError, match="no views"):
        labelled_dataset(pool, choose_labels(pool, 0), batch_size=4)


def test_unlabelled_instants_are_never_chosen():
    pool = make_pool()
    pool.valid[0] = False
    assert not set(pool.views[0]) & set(labelled_views(pool))
    with pytest.raises(DatasetError, match="larger than the 21 labelled"):
        choose_labels(pool, 22)


def test_poses_are_wrist_relative_in_the_virtual_camera():
    pool = make_pool()
    inputs, poses, weights = next(iter(evaluation_dataset(pool, [0, 7])))
    assert inputs["image"].shape == (2, 16, 16, 3)
    np.testing.assert_allclose(poses, pool.poses(np.array([0, 7])), atol=1e-4)
    np.testing.assert_allclose(poses[:, 0], 0, atol=1e-5)
    assert weights.shape == (2, 21)


def test_every_label_comes_once_an_epoch_and_the_order_is_seeded():
    pool = make_pool()
    views = np.arange(8)

    def order(seed):
        dataset = labelled_dataset(pool, views, 4, seed).take(4)
        return [batch[0]["image"][:, 0, 0, 0].numpy().tolist() for batch in dataset]

    first = order(0)
    assert sorted(first[0] + first[1]) == sorted(first[2] + first[3]) == list(range(8))
    assert first == order(0) != order(1)
    assert first[:2] != first[2:]  # each epoch has an order of its own


@pytest.mark.parametrize(("labels", "batch"), [(8, 4), (7, 3), (3, 8)])
def test_a_resumed_stream_goes_on_where_it_stopped(labels, batch):
    pool = make_pool()

    def numbers(first_batch):
        stream = labelled_dataset(
            pool, np.arange(labels), batch, 3, Augmentation(10), first_batch
        )
        return [
            (inputs["image"].numpy(), poses.numpy())
            for inputs, poses, _ in stream.take(6 - first_batch)
        ]

    whole = numbers(0)
    for first_batch in (1, 2, 5):
        for expected, received in zip(whole[first_batch:], numbers(first_batch)):
            np.testing.assert_array_equal(received[0], expected[0])
            np.testing.assert_array_equal(received[1], expected[1])


def test_mixed_and_joined_streams_resume():
    pool = make_pool()
    streams = [
        lambda first: semi_supervised_dataset(
            pool, np.arange(3), 2, 3, first_batch=first
        ),
        lambda first: joined_batches([(pool, np.arange(5), 2)], first_batch=first),
    ]
    for stream in streams:
        whole, resumed = list(stream(0).take(4)), list(stream(2).take(2))
        for expected, received in zip(whole[2:], resumed):
            tf.nest.map_structure(np.testing.assert_array_equal, received, expected)


def test_instants_that_are_not_finite_are_named():
    pool = make_pool()
    pool.joints[2, 5] = np.nan
    pool.valid[2, 5] = False
    ViewTable(pool)
    pool.rotations[pool.views[3, 1]] = np.inf
    pool.joints[4, 7, 1] = np.nan
    with pytest.raises(DatasetError, match=r"2 inst.* seq0 frame 30, seq1 frame 0"):
        labelled_dataset(pool, labelled_views(pool), 2)


def test_mixed_batches_have_a_constant_composition():
    pool = make_pool()
    dataset = semi_supervised_dataset(
        pool,
        np.arange(3),
        labelled_batch=2,
        quad_batch=3,
        augmentation=Augmentation(10),
    )
    for inputs, poses, weights in dataset.take(3):
        assert inputs["labelled"]["image"].shape == (2, 16, 16, 3)
        assert inputs["unlabelled"]["image"].shape == (3, 4, 16, 16, 3)
        assert poses.shape == (2, 21, 3) and weights.shape == (2, 21)
        assert set(inputs["labelled"]["image"][:, 8, 8, 0].numpy()) <= {0, 1, 2}


def test_images_stay_in_the_pool():
    """They are the largest thing in memory, and a second copy would not always fit."""
    pool = make_pool()
    assert ViewTable(pool).images is pool.images
    assert ViewTable(pool).backgrounds is pool.backgrounds


def test_joined_batches_hold_every_source():
    pools = [make_pool(sequences=1, instants=4, views=2, seed=seed) for seed in (0, 1)]
    views = [labelled_views(pool) for pool in pools]
    sources = [(pools[0], views[0], 3), (pools[1], views[1], 2)]
    image, poses, weights = next(iter(joined_batches(sources, seed=5)))
    assert image["image"].shape[0] == poses.shape[0] == weights.shape[0] == 5
    _, first, _ = next(iter(labelled_dataset(pools[0], views[0], 3, seed=5)))
    _, second, _ = next(iter(labelled_dataset(pools[1], views[1], 2, seed=5)))
    np.testing.assert_array_equal(poses, np.concatenate([first, second]))
    _, alone, _ = next(iter(joined_batches(sources[:1], seed=5)))
    np.testing.assert_array_equal(alone, first)
