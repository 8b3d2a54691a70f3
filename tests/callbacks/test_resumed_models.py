"""Trainings of the package's models, stopped and resumed, end as undisturbed ones."""

import keras
import numpy as np
import pytest

from hand_geo_keras.callbacks import batches_done, resumable_callbacks
from hand_geo_keras.pipelines import (
    Augmentation,
    labelled_dataset,
    quad_dataset,
    semi_supervised_dataset,
)
from tests import zoo
from tests.pool import make_pool

POOL = make_pool(crop_size=zoo.SIZE, stored_size=zoo.SIZE + 8)
LABELS = np.arange(7)  # fewer than two batches, so that epochs and batches interlock
ROTATED = Augmentation(roll=20, brightness=0.1)
TRAININGS = {
    "supervised": (
        lambda: zoo.pose_estimator(trainable_encoder=True),
        lambda first: labelled_dataset(POOL, LABELS, 4, 3, ROTATED, first),
    ),
    "view synthesis": (
        zoo.view_synthesizer,
        lambda first: quad_dataset(POOL, 1, 3, ROTATED, first_batch=first),
    ),
    "semi-supervised": (
        zoo.semi_supervised,
        lambda first: semi_supervised_dataset(
            POOL, LABELS, 4, 1, 3, ROTATED, first_batch=first
        ),
    ),
}


def train(name, folder, epochs):
    build, batches = TRAININGS[name]
    keras.utils.set_random_seed(0)
    model = build()
    decay = keras.optimizers.schedules.CosineDecay(1e-2, 8)
    model.compile(keras.optimizers.Adam(decay), loss="mse")
    model.fit(
        batches(batches_done(folder)),
        epochs=epochs,
        steps_per_epoch=2,
        callbacks=resumable_callbacks(folder),
        verbose=0,
        shuffle=False,
    )
    return model


@pytest.mark.parametrize("name", TRAININGS)
def test_stopped_and_resumed_equals_undisturbed(tmp_path, name):
    whole = train(name, tmp_path / "whole", 4)
    train(name, tmp_path / "stopped", 2)
    resumed = train(name, tmp_path / "stopped", 4)
    start = TRAININGS[name][0]().get_weights()
    moved = [a - b for a, b in zip(whole.get_weights(), start)]
    assert max(np.abs(change).max() for change in moved) > 1e-3
    for expected, received in zip(whole.get_weights(), resumed.get_weights()):
        np.testing.assert_allclose(received, expected, rtol=0, atol=1e-6)
    logs = [(tmp_path / run / "log.csv").read_text() for run in ("whole", "stopped")]
    assert len(logs[0].splitlines()) == len(logs[1].splitlines()) == 5
