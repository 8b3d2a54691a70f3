import numpy as np

from hand_geo_keras.synthetic.rasterizer import rasterize, rasterize_depth

SQUARE = np.array([[10.0, 30], [20, 30], [20, 33], [10, 33]])
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def test_attributes_at_pixel_centres():
    # Attributes are the positions themselves: any shift would show.
    attributes = np.c_[SQUARE / 100, np.ones(4)]
    [values], covered = rasterize(
        SQUARE, np.full(4, 500.0), FACES, [attributes], (64, 48)
    )
    assert values.shape == (48, 64, 3)
    rows, columns = np.nonzero(covered)
    np.testing.assert_allclose(values[rows, columns, 0] * 100, columns, atol=1e-3)
    np.testing.assert_allclose(values[rows, columns, 1] * 100, rows, atol=1e-3)
    assert (columns.min(), rows.min()) in {(10, 30), (11, 31)}
    assert 9 <= np.ptp(columns) <= 10


def test_nearer_surface_wins():
    pixels = np.vstack([SQUARE, SQUARE])
    depth = np.r_[np.full(4, 900.0), np.full(4, 300.0)]
    colors = np.r_[np.full((4, 3), 0.2), np.full((4, 3), 0.8)]
    for faces in (np.vstack([FACES, FACES + 4]), np.vstack([FACES + 4, FACES])):
        [values], _ = rasterize(pixels, depth, faces, [colors], (64, 48))
        np.testing.assert_allclose(values[31, 15], 0.8, atol=1e-4)
        near = rasterize_depth(pixels, depth, faces, (64, 48))
        np.testing.assert_allclose(near[31, 15], 300, rtol=1e-3)


def test_nothing_is_empty():
    [values], covered = rasterize(
        SQUARE + 1000, np.full(4, 500.0), FACES, [np.ones((4, 3))], (32, 32)
    )
    assert not covered.any() and not values.any()
