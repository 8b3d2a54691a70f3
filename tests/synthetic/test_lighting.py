import numpy as np
import pytest

from hand_geo_keras.synthetic.lighting import (
    Environment,
    irradiance,
    random_environment,
)

UP = np.array([0.0, -1, 0])


def plate(height, size):
    """Two triangles facing up at a height over the ground (Y points down)."""
    corners = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]]) * size / 2
    return corners - [0, height, 0], np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def lamp(direction):
    color = np.ones(3)
    return Environment(direction[None], color[None], direction, color)


def test_light_falls_off_with_the_angle():
    verts, faces = plate(0, 100)
    normals = np.array([UP, -UP, [1, 0, 0], UP])
    light = irradiance(lamp(UP), verts, normals, faces)
    assert light[0] == pytest.approx([1, 1, 1], abs=0.01)
    assert light[1].max() == 0
    # Light creeps round the corner in skin, red the furthest.
    red, green, blue = light[2]
    assert red > green > blue > 0


def test_surfaces_below_others_are_in_shadow():
    ground, faces = plate(0, 200)
    roof, _ = plate(60, 80)
    point = np.zeros((1, 3))
    verts = np.vstack([ground, roof, point])
    faces = np.vstack([faces, faces + 4])
    normals = np.broadcast_to(UP, verts.shape)
    light = irradiance(lamp(UP), verts, normals, faces)[:, 0]
    assert light[-1] == 0
    assert light[:4] == pytest.approx(1, abs=0.01)
    assert light[4:8].min() > 0.5


def test_a_closed_mesh_shadows_what_it_contains_also_when_reflected():
    corners = np.array([[50, 0, 0], [-40, 0, 50], [-40, 0, -50], [0, -60, 0.0]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    verts = np.vstack([corners, [0, -15, 0]])  # only the lit side is above the last
    normals, flip = np.broadcast_to(UP, verts.shape), np.array([-1.0, 1, 1])
    light = irradiance(lamp(UP), verts, normals, faces)
    reflected = irradiance(lamp(UP), verts * flip, normals, faces, mirrored=True)
    for red in (light[:, 0], reflected[:, 0]):
        assert red[3] == pytest.approx(1, abs=0.01)
        assert red[4] == 0


def test_random_environments_differ_and_come_from_above():
    first, second = (random_environment(np.random.default_rng(k)) for k in (0, 1))
    assert np.abs(first.colors - second.colors).max() > 0.01
    for environment in (first, second):
        np.testing.assert_allclose(
            np.linalg.norm(environment.directions, axis=1), 1, atol=1e-9
        )
        assert environment.key @ UP > 0
        above = environment.directions @ UP > 0
        assert environment.colors[above].sum() > environment.colors[~above].sum()
