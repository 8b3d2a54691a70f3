import numpy as np

from hand_geo_keras.synthetic.backgrounds import dome_background


def wall(seed):
    return dome_background(np.random.default_rng(seed), (160, 120))


def test_walls_are_static_and_differ_between_cameras():
    np.testing.assert_array_equal(wall(0), wall(0))
    assert np.abs(wall(0) - wall(1)).mean() > 0.02


def test_walls_are_light_with_texture_and_clutter():
    for seed in range(5):
        image = wall(seed)
        assert image.shape == (120, 160, 3) and image.dtype == np.float32
        assert image.min() > 0 and np.isfinite(image).all()
        assert image.std() > 0.01
