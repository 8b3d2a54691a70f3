import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.optimizers import ConvMuon, FusedAdam
from hand_geo_keras.training.fitting import (
    decaying_adam,
    decaying_optimizer,
    encoder_optimizer,
    fit_resumable,
)
from hand_geo_keras.training.profiles import PROFILES, LabelledTraining


class StopAfter(keras.callbacks.Callback):
    """Plays Ctrl-C during an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if self.current == self.epoch and batch == 2:
            raise KeyboardInterrupt

    def on_epoch_begin(self, epoch, logs=None):
        self.current = epoch


def new_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), loss="mse")
    return model


def batches_from(first_batch):
    def batch(number):
        x = tf.random.stateless_normal([8, 3], tf.stack([7, number]))
        return x, tf.reduce_sum(x, 1, keepdims=True)

    return tf.data.Dataset.counter(first_batch).map(batch)


def fit(model, folder, *callbacks, **kwargs):
    return fit_resumable(
        model, batches_from, folder, 20, 4, callbacks=callbacks, **kwargs
    )


def test_a_stopped_training_goes_on_as_if_it_had_not_been_stopped(tmp_path):
    whole = fit(new_model(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(new_model(), tmp_path / "stopped", StopAfter(epoch=3))
    resumed_model = new_model()
    resumed = fit(resumed_model, tmp_path / "stopped")
    assert len(whole["loss"]) == len(resumed["loss"]) == 5
    np.testing.assert_allclose(resumed["loss"], whole["loss"], rtol=1e-5)


def test_epochs_are_shortened_rather_than_steps_added(tmp_path):
    model = new_model()
    history = fit_resumable(model, batches_from, tmp_path, 13, 6)
    assert len(history["loss"]) == 3
    assert int(model.optimizer.iterations) == 15  # and not 18


def test_a_finished_training_is_not_trained_again(tmp_path):
    fit(new_model(), tmp_path)
    again = new_model()
    fit(again, tmp_path, StopAfter(epoch=0))
    x, y = next(iter(batches_from(99)))
    assert again.evaluate(x, y, verbose=0) < new_model().evaluate(x, y, verbose=0)


def test_a_profile_clips_in_every_training():
    profile = PROFILES["smoke"].clipped(0.5)
    sections = ("pre_training", "head", "supervised", "semi_supervised", "fine_tuned")
    for section in (*sections, "transfer", "adaptation", "tuned_joints"):
        assert getattr(profile, section).clip_norm == 0.5, section
    assert PROFILES["smoke"].clipped(None) == PROFILES["smoke"]
    with pytest.raises(ValueError, match="--clip_norm"):
        PROFILES["smoke"].clipped(0.0)


def test_large_gradients_are_scaled_down():
    weight = keras.Variable([0.0, 0.0])
    seen = []
    optimizer = decaying_adam(1.0, 10, clip_norm=2.0)
    optimizer.update_step = lambda gradient, *_: seen.append(np.array(gradient))
    optimizer.build([weight])
    optimizer.apply([np.float32([30.0, 40.0])])
    np.testing.assert_allclose(seen[0], [1.2, 1.6], rtol=1e-5)


def test_trainings_choose_their_optimizer():
    training = LabelledTraining(optimizer="muon", clip_norm=3.0)
    optimizer = decaying_optimizer(training, 10)
    assert isinstance(optimizer, ConvMuon) and optimizer.global_clipnorm == 3.0
    assert float(optimizer.learning_rate) == pytest.approx(training.learning_rate)
    kernel, output = (
        keras.Variable(np.ones((3, 3, 2, 2)), name=name)
        for name in ("conv", "to_heatmaps")
    )
    optimizer.build([kernel, output])
    assert optimizer._is_orthogonalised(kernel)
    assert not optimizer._is_orthogonalised(output)
    assert type(encoder_optimizer(LabelledTraining(), 1e-3)) is FusedAdam
    with pytest.raises(ValueError, match="'adam' or 'muon'"):
        encoder_optimizer(LabelledTraining(optimizer="sgd"), 1e-3)
