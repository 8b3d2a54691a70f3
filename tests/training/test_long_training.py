import keras
import numpy as np
import pytest

from hand_geo_keras.models import JointTrainer
from hand_geo_keras.training.checkpoint import Checkpoint
from hand_geo_keras.training.learning_rate import WarmUpStableDecay
from hand_geo_keras.training.weight_average import WeightAverage
from tests.models.test_joint_encoder import tiny
from tests.models.test_joint_trainer import batch


def trained(path, *lengths):
    """A model trained by one `fit` after another, each resuming from the file."""
    for steps in lengths:
        keras.utils.set_random_seed(0)
        model = JointTrainer(tiny(dropout=0.0))
        model.compile(keras.optimizers.AdamW(1e-3), loss="mae")
        average = WeightAverage(every=1)
        average.set_model(model)
        checkpoint = Checkpoint(path, average)
        start = checkpoint.resume(model)
        data = Batches(start, steps)
        rate = WarmUpStableDecay(1e-3, start, warm_up=3)
        callbacks = [rate, average, checkpoint]
        model.fit(data, shuffle=False, callbacks=callbacks, verbose=0)
    return model, average


class Batches(keras.utils.PyDataset):
    def __init__(self, start, count):
        super().__init__()
        self.start, self.count = start, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return batch(seed=self.start + index)


def test_a_resumed_training_equals_an_undisturbed_one(tmp_path):
    whole, whole_average = trained(tmp_path / "whole.npz", 6)
    resumed, resumed_average = trained(tmp_path / "parts.npz", 2, 3, 1)
    for one, other in zip(whole.get_weights(), resumed.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-6)
    for one, other in zip(whole_average.average, resumed_average.average):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_the_average_lies_between_the_weights_and_can_be_put_in_place(tmp_path):
    model, average = trained(tmp_path / "a.npz", 4)
    own = model.get_weights()
    with average.averaged():
        for value, expected in zip(model.get_weights(), average.average):
            np.testing.assert_array_equal(value, expected)
    for value, expected in zip(model.get_weights(), own):
        np.testing.assert_array_equal(value, expected)


def test_the_rate_warms_up_stays_and_decays():
    schedule = WarmUpStableDecay(1.0, warm_up=10, decay_from=100, decay_steps=50)
    assert schedule.rate(0) == pytest.approx(0.1)
    assert schedule.rate(50) == schedule.rate(99) == 1.0
    assert schedule.rate(125) == pytest.approx(0.505)
    assert schedule.rate(150) == pytest.approx(0.01)
