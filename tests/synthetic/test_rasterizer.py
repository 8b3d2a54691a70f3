import numpy as np

from hand_geo_keras.synthetic.rasterizer import rasterize_corners, rasterize_depth

SIZE = (64, 48)
SQUARE = np.array([[10.0, 30], [20, 30], [20, 33], [10, 33]])
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def test_weights_at_pixel_centres():
    # Weighted corners are the pixels themselves: any shift would show.
    weights, face, places = rasterize_corners(SQUARE, np.full(4, 500.0), FACES, SIZE)
    rows, columns = np.divmod(places, 64)
    shown = (SQUARE[FACES[face]] * weights[..., None]).sum(1)
    np.testing.assert_allclose(shown, np.c_[columns, rows], atol=1e-3)
    assert (columns.min(), rows.min()) in {(10, 30), (11, 31)}
    assert 9 <= np.ptp(columns) <= 10


def test_nearer_surface_wins():
    pixels = np.vstack([SQUARE, SQUARE])
    depth = np.r_[np.full(4, 900.0), np.full(4, 300.0)]
    for faces in (np.vstack([FACES, FACES + 4]), np.vstack([FACES + 4, FACES])):
        _, face, places = rasterize_corners(pixels, depth, faces, SIZE)
        assert faces[face[places == 31 * 64 + 15]].min() >= 4
        near = rasterize_depth(pixels, depth, faces, SIZE)
        np.testing.assert_allclose(near[31, 15], 300, rtol=1e-3)


def test_nothing_is_empty():
    parts = rasterize_corners(SQUARE + 1000, np.full(4, 500.0), FACES, (32, 32))
    assert [len(part) for part in parts] == [0, 0, 0]
