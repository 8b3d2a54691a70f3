import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.callbacks import batches_done, resumable_callbacks
from hand_geo_keras.models import JointTrainer
from hand_geo_keras.training.learning_rate import WarmUpStableDecay
from hand_geo_keras.training.weight_average import WeightAverage
from tests.models.test_joint_encoder import tiny
from tests.models.test_joint_trainer import batch


def trained(folder, *epochs):
    """A model trained by one `fit` after another, each resuming from the folder."""
    for last in epochs:
        keras.utils.set_random_seed(0)
        model = JointTrainer(tiny(dropout=0.0))
        model.compile(keras.optimizers.AdamW(1e-3), loss="mae")
        average = WeightAverage(model, every=1)
        start = batches_done(folder)
        rate = WarmUpStableDecay(1e-3, start, warm_up=3)
        data = (batch(seed=number) for number in itertools.count(start))
        callbacks = [rate, average, *resumable_callbacks(folder, also=average)]
        model.fit(data, epochs=last, steps_per_epoch=2, callbacks=callbacks, verbose=0)
    return model, average


def test_a_resumed_training_equals_an_undisturbed_one(tmp_path):
    whole, whole_average = trained(tmp_path / "whole", 3)
    resumed, resumed_average = trained(tmp_path / "parts", 1, 2, 3)
    for one, other in zip(whole.get_weights(), resumed.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-6)
    for one, other in zip(whole_average.variables, resumed_average.variables):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_the_average_is_a_mean_at_first_and_can_be_put_in_place():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    average = WeightAverage(model, momentum=0.5, every=1)
    for value in (1.0, 2.0):
        model.set_weights([np.full((1, 1), value), np.full(1, -value)])
        average.on_train_batch_end(0)
    # 0.1 of the start (kernel) or 0 (bias), then momentum 1/10 and 2/11.
    expected = -(1.0 * 9 / 10 * 2 / 11 + 2.0 * 9 / 11)
    with average.in_place():
        np.testing.assert_allclose(model.get_weights()[1], expected, rtol=1e-6)
    np.testing.assert_array_equal(model.get_weights()[1], -2)


def test_the_averaged_weights_are_validated():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mae")
    x = np.ones((4, 1), "float32")
    data = tf.data.Dataset.from_tensors((x, 0 * x))
    average = WeightAverage(model, validation_data=data)
    kernel, bias = model.get_weights()
    model.set_weights([kernel + 5, bias])  # the average has not seen it
    logs = {}
    average.on_epoch_end(0, logs)
    np.testing.assert_allclose(logs["val_loss"], abs(kernel[0, 0] + bias[0]), rtol=1e-5)


def test_the_rate_warms_up_stays_and_decays():
    schedule = WarmUpStableDecay(1.0, warm_up=10, decay_from=100, decay_steps=50)
    assert schedule.rate(0) == pytest.approx(0.1)
    assert schedule.rate(50) == schedule.rate(99) == 1.0
    assert schedule.rate(125) == pytest.approx(0.505)
    assert schedule.rate(150) == pytest.approx(0.01)
