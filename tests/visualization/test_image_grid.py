import cv2
import numpy as np
import pytest

from hand_geo_keras.io import write_image
from hand_geo_keras.visualization.image_grid import image_grid
from hand_geo_keras.visualization.latent_points import render_latent


def test_images_stand_in_their_row_and_column():
    shades = np.uint8([[10, 20, 30], [40, 50, 60]])
    rows = [[np.full((8, 8, 3), shade) for shade in row] for row in shades]
    grid = image_grid(rows, ["a", "b", "c"], cell=16)
    assert grid.shape == (18 + 2 * 18 + 2, 3 * 18 + 2, 3)
    for i, row in enumerate(shades):
        for j, shade in enumerate(row):
            y, x = 18 + 2 + 18 * i, 2 + 18 * j
            assert (grid[y : y + 16, x : x + 16] == shade).all()
    assert (grid[:18] < 200).any()  # heads
    assert (image_grid(rows, cell=16)[:2] == 255).all()  # no space for none


def test_large_images_shrink_by_averaging():
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2] = 200
    assert (image_grid([[stripes]], cell=16)[2:18, 2:18] == 100).all()


def test_a_saved_image_reads_back_and_leaves_nothing_temporary(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (5, 7, 3), np.uint8)
    path = tmp_path / "new" / "image.png"
    write_image(path, image)
    np.testing.assert_array_equal(cv2.imread(str(path))[..., ::-1], image)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("point, pixel", [((0, 0), 50), ((0.5, 0), 75), ((0, -1), 50)])
def test_points_are_rendered_where_the_camera_sees_them(point, pixel):
    image = render_latent(np.array([[*point, 0.0]]), extent=1.0, size=101)
    rows, columns = np.nonzero((image < 255).any(-1))
    assert columns.mean() == pytest.approx(pixel, abs=0.5)
    assert rows.mean() == pytest.approx(50 if point[1] == 0 else 1, abs=1)


def test_near_points_cover_far_ones():
    points = np.array([[0, 0, -0.9], [0, 0, 0.9]])
    near = render_latent(points[:1], 1.0, 65)
    np.testing.assert_array_equal(render_latent(points, 1.0, 65)[32, 32], near[32, 32])
