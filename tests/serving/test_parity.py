import numpy as np
import pytest
import tensorflow as tf

from hand_geo_keras.serving.parity import largest_differences
from hand_geo_keras.serving.signatures import Signature

MEAN = Signature(
    lambda image: {"mean": tf.reduce_mean(tf.cast(image, tf.float32), (1, 2, 3))},
    (tf.TensorSpec((None, 4, 4, 3), tf.uint8, name="image"),),
)


def test_largest_difference_over_the_batch():
    def runner(image):
        mean = image.astype("float64").mean((1, 2, 3))
        return {"mean": mean + [0.0, -0.5, 0.25]}

    assert largest_differences(MEAN, runner)["mean"] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("outputs", [{"other": np.zeros(3)}, {"mean": np.zeros(1)}])
def test_refuses_other_outputs(outputs):
    with pytest.raises(ValueError, match="The exported model must give"):
        largest_differences(MEAN, lambda image: outputs)
