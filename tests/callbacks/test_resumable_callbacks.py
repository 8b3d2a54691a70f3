import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.callbacks import epochs_done, read_log, resumable_callbacks


class Stop(keras.callbacks.Callback):
    """Plays Ctrl-C in the middle of the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == (2, 1):
            raise KeyboardInterrupt


def fit(folder, *callbacks):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), loss="mse")
    x = tf.random.stateless_normal([24, 3], [1, 2])
    batches = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(8)
    callbacks = [*resumable_callbacks(folder, "loss"), *callbacks]
    model.fit(batches, epochs=5, verbose=0, shuffle=False, callbacks=callbacks)
    return model


def test_a_stopped_fit_goes_on_and_its_log_has_no_gap_and_no_repetition(tmp_path):
    whole = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "stopped", Stop())
    assert epochs_done(tmp_path / "stopped") == 2
    resumed = fit(tmp_path / "stopped")
    np.testing.assert_allclose(resumed.get_weights()[0], whole.get_weights()[0], 1e-5)
    logs = [read_log(tmp_path / name / "log.csv") for name in ("whole", "stopped")]
    assert logs[0]["epoch"] == logs[1]["epoch"] == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(logs[1]["loss"], logs[0]["loss"], rtol=1e-5)
    assert (tmp_path / "stopped" / "best.weights.h5").is_file()


def test_a_row_of_an_epoch_without_backup_is_dropped(tmp_path):
    (tmp_path / "log.csv").write_text("epoch,loss\n0,1.5\n1,nonsense\n")
    assert read_log(tmp_path / "log.csv")["loss"] == pytest.approx(
        [1.5, float("nan")], nan_ok=True
    )
    resumable_callbacks(tmp_path)
    assert read_log(tmp_path / "log.csv") == {}


def test_nothing_is_done_in_an_empty_folder(tmp_path):
    assert epochs_done(tmp_path / "nowhere") == 0
