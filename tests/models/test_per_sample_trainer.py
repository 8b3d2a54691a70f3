import keras
import numpy as np
import pytest
from keras import ops

from hand_geo_keras.callbacks import StopOnNonFinite
from hand_geo_keras.errors import TrainingError
from hand_geo_keras.losses import PixelFeatureLoss
from hand_geo_keras.models.per_sample_trainer import PerSampleTrainer
from tests import zoo


class Line(PerSampleTrainer):
    """Fits y = w x by squared error."""

    def __init__(self, regularizer=None):
        super().__init__(term_names=["half"])
        self.w = self.add_weight(
            shape=(), initializer="zeros", name="w", regularizer=regularizer
        )
        self.built = True

    def call(self, x, training=None):
        return self.w * x

    def compute_terms(self, data, training):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        error = (self(x, training=training) - y) ** 2
        return {"loss": error[:, 0], "half": error[:, 0] / 2}


def data():
    x = np.arange(1.0, 7.0, dtype="float32")[:, None]
    return x, 2.0 * x


def test_one_step_is_one_gradient_step_on_the_mean():
    model = Line()
    model.compile(keras.optimizers.SGD(0.01), loss="mse")
    x, y = data()
    logs = model.train_on_batch(x, y, return_dict=True)
    assert logs["loss"] == pytest.approx(np.mean(y**2))
    assert logs["half"] == pytest.approx(np.mean(y**2) / 2)
    assert float(model.w) == pytest.approx(0.01 * np.mean(2 * x * y), rel=1e-5)


def test_terms_that_there_are_not_are_not_logged():
    model = zoo.view_synthesizer()
    model.compile("sgd", loss="mae")  # has neither pixels nor features
    logs = model.evaluate(zoo.quads(2), verbose=0, return_dict=True)
    assert logs.keys() == {"loss", "psnr", "psnr_hand"}
    assert len(model.evaluate(zoo.quads(2), verbose=0)) == 3


def test_epoch_logs_weigh_every_sample_alike():
    model = Line()
    model.compile(keras.optimizers.SGD(0.0), loss="mse")
    x, y = data()
    history = model.fit(x, y, batch_size=4, verbose=0).history
    assert history["loss"][0] == pytest.approx(np.mean(y**2), rel=1e-5)
    evaluated = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    assert evaluated == pytest.approx(
        {"loss": np.mean(y**2), "half": np.mean(y**2) / 2}
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_step_that_is_not_finite_is_left_out_and_stops_the_training(bad):
    model = Line()
    model.compile(keras.optimizers.Adam(0.1), loss="mse")
    x, y = data()
    x, y = np.concatenate([x, x]), np.concatenate([y, y])
    y[9] = bad
    good = Line()
    good.compile(keras.optimizers.Adam(0.1), loss="mse")
    good.fit(x[:9], y[:9], batch_size=3, shuffle=False, verbose=0)
    with pytest.raises(TrainingError, match=r"Epoch 1, step 4: .*half.* is not finite"):
        model.fit(x, y, 3, 2, 0, [StopOnNonFinite()], shuffle=False)
    assert float(model.w) == float(good.w) != 0
    assert int(model.optimizer.iterations) == 3


class Root(Line):
    """Has a finite loss and an infinite gradient at w = 0."""

    def compute_terms(self, data, training):
        return {"loss": ops.sqrt(ops.abs(self.w * data[0][:, 0]))}


@pytest.mark.parametrize("steps_per_execution", [1, 2])
def test_a_gradient_that_is_not_finite_stops_the_training(steps_per_execution):
    model = Root()
    model.compile("sgd", loss="mse", steps_per_execution=steps_per_execution)
    with pytest.raises(TrainingError, match="loss is not finite"):
        model.fit(*data(), batch_size=3, verbose=0, callbacks=[StopOnNonFinite()])
    assert float(model.w) == 0


def test_a_loss_scale_may_overflow():
    model = Line()
    optimizer = keras.optimizers.SGD(0.01)
    scale = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=1e38)
    model.compile(scale, loss="mse")
    x, y = data()
    model.fit(x, y, 6, 8, 0, [StopOnNonFinite()], shuffle=False)
    assert float(model.w) > 0


def test_gradients_can_be_clipped():
    model = Line()
    model.compile(keras.optimizers.SGD(1.0, global_clipnorm=0.5), loss="mse")
    model.train_on_batch(*data())
    assert float(model.w) == pytest.approx(0.5)


def test_regularisers_add_to_the_gradient():
    model = Line(keras.regularizers.L1(1.0))
    model.w.assign(2.0)
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    model.train_on_batch(*data())
    assert float(model.w) == pytest.approx(1.9)


def test_model_whose_loss_lost_its_weights_loads_with_a_warning(tmp_path, monkeypatch):
    model = zoo.view_synthesizer()
    model.compile("adam", loss=PixelFeatureLoss(zoo.random_features()))
    monkeypatch.setattr(zoo.random_features(), "weights", "/gone/resnet18.npz")
    model.save(tmp_path / "model.keras")
    with pytest.warns(UserWarning, match=r"/gone/resnet18\.npz"):
        again = keras.saving.load_model(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="call `compile"):
        again.fit(zoo.quads(1), verbose=0)
    quads = zoo.tensors(zoo.quads(1))
    np.testing.assert_array_equal(
        again(quads, training=False)["image"], model(quads, training=False)["image"]
    )


def test_optimizer_state_survives_saving(tmp_path):
    model = zoo.pose_estimator()
    model.compile("adam", loss="mse")
    model.train_on_batch(*zoo.labelled(4))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for one, other in zip(
        model.optimizer.variables, again.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(ops.convert_to_numpy(one), other)
