import numpy as np
import pytest

from hand_geo_keras.synthetic.shading import Surface, shade
from hand_geo_keras.synthetic.skin import Band, Looks

RED, GREEN = np.array([0.6, 0.1, 0.1]), np.array([0.1, 0.5, 0.1])
SLEEVE = Band(-1000.0, -50.0, GREEN, GREEN, 10.0, 4.0)


def surface(along, nx=0.0):
    count = len(along)
    return Surface(
        np.full((count, 3), 0.4, np.float32),
        np.ones((count, 3), np.float32),
        np.tile(np.array([[nx, 0]], np.float32), (count, 1)),
        np.asarray(along, np.float32),
    )


def test_the_sleeve_ends_at_its_cuff():
    looks = Looks(np.ones((1, 3)), (SLEEVE,), gloss=0.0)
    color = shade(surface([-90, -50.5, -49.5, 30]), looks, [0, -1, 0], np.ones(3))
    assert color[0] == pytest.approx(GREEN, rel=0.1)
    assert color[1][1] > color[1][0]
    np.testing.assert_allclose(color[2:], 0.4, rtol=1e-5)


def test_highlight_faces_half_way_to_the_light():
    looks = Looks(np.ones((1, 3)), (), gloss=1.0)
    toward_light = np.array([0.8, 0, -0.6])
    normal_between = np.sqrt((1 - 0.6) / 2)  # half-vector of light and viewer
    shiny = shade(surface([0], normal_between), looks, toward_light, np.ones(3))
    dull = shade(surface([0], -0.3), looks, toward_light, np.ones(3))
    assert shiny[0, 0] > dull[0, 0] + 0.05


def test_grazing_angles_shine():
    looks = Looks(np.ones((1, 3)), (), gloss=1.0)
    front, edge = (
        shade(surface([0], nx), looks, [0, 1, 0], np.zeros(3))[0, 0] for nx in (0, 0.99)
    )
    assert edge > front + 0.02
