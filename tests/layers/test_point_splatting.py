import numpy as np
import pytest

from hand_geo_keras.layers import PointSplatting


@pytest.fixture
def layer():
    layer = PointSplatting(5, channels=3, initial_width=0.3)
    layer.build((None, 2, 3))
    rng = np.random.default_rng(0)
    widths = np.log([0.3, 0.5])
    layer.set_weights([widths, rng.normal(size=(2, 3)), rng.normal(size=(2, 3))])
    return layer


def test_equals_a_sum_of_gaussians(layer):
    points = np.float32([[[0.1, -0.4, 0.5], [-0.8, 0.2, -1.0]]])
    splatted = np.asarray(layer(points))[0]
    _, features, depth_features = layer.get_weights()
    for row, y in enumerate((-0.8, -0.4, 0, 0.4, 0.8)):
        for column, x in enumerate((-0.8, -0.4, 0, 0.4, 0.8)):
            expected = 0
            for n, width in enumerate((0.3, 0.5)):
                squared = ((points[0, n, :2] - [x, y]) ** 2).sum()
                color = features[n] + np.tanh(points[0, n, 2]) * depth_features[n]
                expected += np.exp(-squared / (2 * width**2)) * color
            np.testing.assert_allclose(splatted[row, column], expected, atol=1e-5)


def test_a_shift_of_one_cell_shifts_the_map(layer):
    points = np.float32([[[-0.3, 0.1, 0.0], [0.2, -0.2, 0.3]]])
    shifted = points + np.float32([0.4, 0, 0])  # a cell is 2 / 5 wide
    np.testing.assert_allclose(
        layer(points)[:, :, :-1], layer(shifted)[:, :, 1:], atol=1e-5
    )


def test_points_far_outside_leave_no_mark(layer):
    far = np.full((1, 2, 3), 40.0, "float32")
    assert np.abs(layer(far)).max() == 0
