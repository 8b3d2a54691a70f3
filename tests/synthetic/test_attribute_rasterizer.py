import numpy as np

from hand_geo_keras.synthetic.attribute_rasterizer import (
    rasterize_attributes,
    visible_faces,
)


def random_mesh(seed, count=12):
    rng = np.random.default_rng(seed)
    pixels, depth = rng.uniform(0, 40, (3 * count, 2)), rng.uniform(300, 900, 3 * count)
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    return pixels, depth, faces, rng.uniform(0, 1, (3 * count, 3)).astype(np.float32)


def test_interpolates_in_space_not_in_the_image():
    """On a plane 1/Z is affine in the image, and Z itself is linear in space."""
    corners, depth = np.array([[2.0, 3], [37, 5], [8, 36]]), np.array([300.0, 900, 500])
    faces = np.array([[0, 1, 2]], np.int32)
    attributes = depth[:, None].astype(np.float32)
    values, places = rasterize_attributes(corners, depth, faces, attributes, (40, 40))
    affine = np.linalg.solve(np.c_[corners, np.ones(3)], 1 / depth)
    rows, columns = np.divmod(places, 40)
    expected = 1 / (np.c_[columns, rows, np.ones(len(rows))] @ affine)
    np.testing.assert_allclose(values[:, 0], expected, rtol=2e-3)
    assert len(places) > 400


def test_attributes_of_any_number_and_range_are_interpolated():
    pixels, depth, faces, colours = random_mesh(1)
    wide = np.concatenate([colours * 500 - 100, colours[:, :1] * -3], axis=1)
    values, _ = rasterize_attributes(pixels, depth, faces, wide, (40, 40))
    plain, _ = rasterize_attributes(pixels, depth, faces, colours, (40, 40))
    np.testing.assert_allclose(values[:, :3], plain * 500 - 100, atol=1e-2)
    np.testing.assert_allclose(values[:, 3], plain[:, 0] * -3, atol=1e-4)


def test_faces_that_look_away_or_lie_behind_are_left_out():
    pixels = np.array([[0.0, 0], [0, 9], [9, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 1]], np.int32)
    assert visible_faces(pixels, np.full(3, 500.0), faces).tolist() == [[0, 1, 2]]
    assert visible_faces(pixels, np.full(3, 500.0), faces, True).tolist() == [[0, 2, 1]]
    assert len(visible_faces(pixels, np.array([500.0, 10, 500]), faces)) == 0
