import numpy as np

from hand_geo_keras.synthetic.sensor import Sensor

WALL = np.full((40, 60, 3), 0.2, np.float32)


def sensor(seed=0):
    return Sensor(np.random.default_rng(seed), WALL)


def frame(image_of, layer=None, seed=0):
    return image_of.expose(np.random.default_rng(seed), layer)


def test_same_frame_same_image_other_frame_other_noise():
    first, again = frame(sensor()), frame(sensor())
    np.testing.assert_array_equal(first, again)
    noise = frame(sensor(), seed=1).astype(int) - first
    assert 0.5 < noise.std() < 5


def test_cameras_differ_in_exposure():
    means = [frame(sensor(seed)).mean() for seed in range(6)]
    assert np.ptp(means) > 5


def test_a_layer_covers_the_wall_where_it_is_opaque():
    color = np.full((10, 20, 3), 0.9, np.float32)
    layer = ((5, 8, 25, 18), color, np.ones((10, 20, 1), np.float32))
    image = frame(sensor(), layer)
    empty = frame(sensor())
    assert image[13, 15].mean() > empty[13, 15].mean() + 50
    assert np.abs(image[30:].astype(int) - empty[30:]).max() == 0
