import numpy as np
import pytest

from hand_geo_keras.layers import AppearanceSwap


def codes(count):
    """The code of view v of quad b is [b, v]."""
    quad, view = np.meshgrid(np.arange(count), np.arange(4), indexing="ij")
    return np.stack([quad, view], axis=-1).astype("float32")


def test_inference_takes_the_same_view_of_the_other_instant():
    swapped = np.asarray(AppearanceSwap()(codes(3)))
    np.testing.assert_array_equal(swapped[..., 1], [[2, 3, 0, 1]] * 3)


def test_training_exchanges_only_between_the_two_instants_of_a_quad():
    swapped = np.asarray(AppearanceSwap(seed=1)(codes(400), training=True))
    np.testing.assert_array_equal(swapped[..., 0], codes(400)[..., 0])
    views = swapped[..., 1]
    assert set(views[:, :2].ravel()) == {2, 3}
    assert set(views[:, 2:].ravel()) == {0, 1}


def test_training_uses_each_view_once_and_both_orders_equally_often():
    views = np.asarray(AppearanceSwap(seed=1)(codes(1000), training=True))[..., 1]
    np.testing.assert_array_equal(np.sort(views, axis=1), [[0, 1, 2, 3]] * 1000)
    assert np.mean(views[:, 0] == 2) == pytest.approx(0.5, abs=0.06)


def test_without_random_view_training_equals_inference():
    layer = AppearanceSwap(random_view=False)
    np.testing.assert_array_equal(layer(codes(5), training=True), layer(codes(5)))


def test_the_reference_does_not_swap_in_inference():
    layer = AppearanceSwap(swap_in_inference=False)
    np.testing.assert_array_equal(layer(codes(5), training=False), codes(5))
    assert np.any(np.asarray(layer(codes(5), training=True)) != codes(5))
