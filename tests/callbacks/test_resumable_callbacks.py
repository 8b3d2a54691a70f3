import contextlib
import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.callbacks import (
    batches_done,
    epochs_done,
    read_log,
    resumable_callbacks,
)
from hand_geo_keras.errors import StorageError, TrainingError
from tests.crashes import count_writes, crashing

pytestmark = pytest.mark.usefixtures("eager_training")


class Stop(keras.callbacks.Callback):
    """Plays Ctrl-C during the third epoch."""

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


def test_rows_and_best_weights_without_a_backup_are_dropped(tmp_path):
    (tmp_path / "log.csv").write_text("epoch,loss\n0,1.5\n1,nonsense\n")
    assert read_log(tmp_path / "log.csv")["loss"] == pytest.approx(
        [1.5, float("nan")], nan_ok=True
    )
    fit(tmp_path)
    assert read_log(tmp_path / "log.csv")["epoch"] == [0, 1, 2, 3, 4]


def test_a_monitored_value_that_is_not_logged_is_told_once(tmp_path, caplog):
    fit(tmp_path / "a", *resumable_callbacks(tmp_path / "b", "val_los"))
    (told,) = [record.getMessage() for record in caplog.records]
    assert "b: 'val_los' is not logged in epoch 1" in told and "are loss." in told
    assert not (tmp_path / "b" / "best.weights.h5").exists()


def test_nothing_is_done_in_an_empty_folder(tmp_path):
    assert epochs_done(tmp_path / "nowhere") == batches_done(tmp_path / "nowhere") == 0
    assert not (tmp_path / "nowhere").exists()


def test_batches_are_counted(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, Stop())
    assert (epochs_done(tmp_path), batches_done(tmp_path)) == (2, 6)


def damage(path):
    """Flips a bit halfway through a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [damage, lambda path: os.truncate(path, 100)])
def test_a_damaged_backup_falls_back_with_one_warning(tmp_path, caplog, harm):
    whole = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "hurt", Stop())
    harm(tmp_path / "hurt" / "backup" / "epoch-000002.npz")
    assert epochs_done(tmp_path / "hurt") == 1
    assert batches_done(tmp_path / "hurt") == 3
    resumed = fit(tmp_path / "hurt")
    assert_equal_runs(tmp_path, "whole", "hurt", whole, resumed)
    warned = [record.getMessage() for record in caplog.records]
    assert len([text for text in warned if "damaged" in text]) == 1


def test_both_backups_damaged_begin_anew(tmp_path):
    whole = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "hurt", Stop())
    for path in (tmp_path / "hurt" / "backup").glob("epoch-*"):
        damage(path)
    assert_equal_runs(tmp_path, "whole", "hurt", whole, fit(tmp_path / "hurt"))


def test_the_backup_of_another_model_is_refused(tmp_path):
    fit(tmp_path)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", loss="mse")
    with pytest.raises(TrainingError, match="another model"):
        model.fit(
            np.ones((2, 3)), np.ones((2, 2)), callbacks=resumable_callbacks(tmp_path)
        )


def test_the_next_fit_of_the_model_begins_at_its_first_epoch(tmp_path):
    model = fit(tmp_path)
    history = model.fit(np.ones((2, 3)), np.ones((2, 1)), epochs=2, verbose=0)
    assert history.epoch == [0, 1]


def test_two_backups_and_the_best_weights_are_kept(tmp_path):
    fit(tmp_path)
    names = sorted(path.name for path in (tmp_path / "backup").iterdir())
    assert names == [
        "best-000003.weights.h5",
        "best-000004.weights.h5",
        "epoch-000004.npz",
        "epoch-000005.npz",
    ]


def new_model(policy):
    """A model with a random layer and moving averages, in some precision."""
    keras.utils.set_random_seed(0)
    layers = [keras.Input((3,)), keras.layers.Dense(8, dtype=policy)]
    layers += [keras.layers.BatchNormalization(), keras.layers.Dropout(0.5, seed=1)]
    model = keras.Sequential([*layers, keras.layers.Dense(1, dtype="float32")])
    model.compile(keras.optimizers.Adam(0.05), loss="mse")
    return model


@pytest.mark.parametrize("policy", ["float32", "bfloat16", "mixed_float16"])
def test_random_layers_and_precisions_resume_exactly(tmp_path, policy):
    models = [new_model(policy) for _ in range(3)]
    for model, folder, epochs in zip(models, "abb", (4, 2, 4)):
        x = tf.random.stateless_normal([8, 3], [1, 2])
        callbacks = resumable_callbacks(tmp_path / folder)
        model.fit(x, x[:, :1], 8, epochs, 0, callbacks, shuffle=False)
    for whole, resumed in zip(models[0].variables, models[2].variables):
        np.testing.assert_array_equal(np.asarray(whole), np.asarray(resumed))


def assert_equal_runs(tmp_path, name, other, whole, resumed):
    for expected, received in zip(whole.get_weights(), resumed.get_weights()):
        np.testing.assert_allclose(received, expected, rtol=0, atol=1e-6)
    for file in ("log.csv", "best.weights.h5"):
        assert (tmp_path / other / file).is_file()
    log, other_log = (read_log(tmp_path / n / "log.csv") for n in (name, other))
    assert log["epoch"] == other_log["epoch"]
    np.testing.assert_allclose(log["loss"], other_log["loss"], rtol=1e-6)
    best, other_best = fit_best(tmp_path / name), fit_best(tmp_path / other)
    np.testing.assert_allclose(other_best, best, rtol=0, atol=1e-6)


def fit_best(folder):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.load_weights(folder / "best.weights.h5")
    return model.get_weights()[0]


@pytest.mark.parametrize("kind", [{}, {"torn": True}, {"full": True}])
def test_a_crash_at_any_write_changes_nothing(tmp_path, kind):
    whole = fit(tmp_path / "whole")
    (tmp_path / "counted").mkdir()
    count = count_writes(fit, tmp_path / "counted")
    assert count > 50
    first = {"torn": 3, "full": 7}.get(next(iter(kind), ""), 5)
    for at in range(first, count, 19):  # all of them take minutes
        folder = tmp_path / f"{at}"
        folder.mkdir()
        with crashing(folder, at, **kind), contextlib.suppress(StorageError):
            fit(folder)
        resumed = fit(folder)
        assert_equal_runs(tmp_path, "whole", folder.name, whole, resumed)
        assert not list(folder.glob("**/.*partial*"))
