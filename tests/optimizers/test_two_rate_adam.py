import keras
import numpy as np

from hand_geo_keras.optimizers.two_rate_adam import TwoRateAdam


def test_slow_variables_move_by_the_smaller_rate():
    fast, slow = keras.Variable([1.0, 2.0]), keras.Variable([1.0, 2.0])
    optimizer = TwoRateAdam(0.1, [slow], 0.25)
    gradient = keras.ops.convert_to_tensor([3.0, -0.01])
    optimizer.apply([gradient, gradient], [fast, slow])
    # Adam's first step is the rate itself, whatever the gradient's size.
    np.testing.assert_allclose(fast, [0.9, 2.1], rtol=1e-4)
    np.testing.assert_allclose(slow, [0.975, 2.025], rtol=1e-4)


def test_it_trains_a_compiled_model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    frozen = model.layers[0].kernel.numpy().copy()
    model.compile(TwoRateAdam(0.1, [model.layers[0].kernel], 0.0), loss="mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
    np.testing.assert_array_equal(model.layers[0].kernel, frozen)
    assert model.layers[0].bias.numpy()[0] != 0
