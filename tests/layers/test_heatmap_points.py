import numpy as np
import pytest

from hand_geo_keras.layers import HeatmapPoints
from hand_geo_keras.layers.heatmap_points import grid_cells


def maps(height=4, width=6, count=3, seed=0):
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(size=(2, height, width, count)).astype("float32")
        for name in ("heatmaps", "depths")
    }


def test_equals_weighted_means():
    inputs = maps()
    points = np.asarray(HeatmapPoints(extent=1.5)(inputs))
    x = (np.arange(6) + 0.5) / 6 * 2 - 1
    y = (np.arange(4) + 0.5) / 4 * 2 - 1
    for image in range(2):
        for point in range(3):
            weights = np.exp(inputs["heatmaps"][image, ..., point])
            weights /= weights.sum()
            depth = inputs["depths"][image, ..., point]
            expected = [
                1.5 * (weights.sum(0) * x).sum(),
                1.5 * (weights.sum(1) * y).sum(),
                (weights * depth).sum(),
            ]
            np.testing.assert_allclose(points[image, point], expected, atol=1e-5)


@pytest.mark.parametrize("rotations", [1, 2, 3])
def test_points_rotate_with_the_maps(rotations):
    """A quarter turn of the image takes x, y to y, -x (y points down)."""
    inputs = maps(height=4, width=4)
    rotated = {
        name: np.rot90(value, rotations, (1, 2)) for name, value in inputs.items()
    }
    expected = np.asarray(HeatmapPoints()(inputs))
    for _ in range(rotations):
        x, y, z = np.moveaxis(expected, -1, 0)
        expected = np.stack([y, -x, z], axis=-1)
    points = HeatmapPoints()({k: v.copy() for k, v in rotated.items()})
    np.testing.assert_allclose(points, expected, atol=1e-5)


def test_depth_offsets_move_points_along_the_axis_only():
    inputs = maps()
    offsets = np.float32([[1, 2, 3], [-1, 0, 4]])
    plain = np.asarray(HeatmapPoints()(inputs))
    moved = np.asarray(HeatmapPoints()({**inputs, "depth_offsets": offsets}))
    np.testing.assert_allclose(moved[..., :2], plain[..., :2])
    np.testing.assert_allclose(moved[..., 2] - plain[..., 2], offsets, atol=1e-5)


def test_cells_of_the_grid():
    np.testing.assert_allclose(
        grid_cells(2, 4)[[0, 3, 4]], [[-0.75, -0.5], [0.75, -0.5], [-0.75, 0.5]]
    )
