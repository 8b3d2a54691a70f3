"""Training by the clock, on a clock that runs one second per look at it."""

import types

import keras
import numpy as np
import pytest

from hand_geo_keras.training import time_budget
from hand_geo_keras.training.clock import Clock
from hand_geo_keras.training.time_budget import TimeBudget


class Rates(keras.callbacks.Callback):
    """Remembers the learning rate of every step."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(self.model.optimizer.learning_rate))


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    looks = iter(range(1000))
    fake = types.SimpleNamespace(perf_counter=lambda: next(looks))
    monkeypatch.setattr(time_budget, "time", fake)


def learning_rates(seconds, folder, epochs=3):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("adam", loss="mse")
    rates = Rates()
    x = np.ones((8, 1))
    budget = TimeBudget(seconds, 0.5, folder)
    model.fit(x, x, 1, epochs, verbose=0, callbacks=[rates, budget])
    return rates.seen


def test_training_stops_during_an_epoch_when_time_is_over(tmp_path):
    # Two looks per step, after one at the start.
    assert len(learning_rates(10.0, tmp_path)) == 5
    assert len(learning_rates(1000.0, tmp_path)) == 24


def test_the_learning_rate_falls_along_a_cosine_of_the_time(tmp_path):
    rates = learning_rates(10.0, tmp_path)
    expected = 0.25 * (1 + np.cos(np.pi * np.array([1, 3, 5, 7, 9]) / 10))
    np.testing.assert_allclose(rates, expected, rtol=1e-5)


def test_what_earlier_runs_took_counts(tmp_path):
    Clock(tmp_path).add(6.0)
    rates = learning_rates(10.0, tmp_path)
    expected = 0.25 * (1 + np.cos(np.pi * np.array([7, 9]) / 10))
    np.testing.assert_allclose(rates, expected, rtol=1e-5)
