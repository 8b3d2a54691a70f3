import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.geometry.cameras import Camera


def random_camera(seed, distorted=True):
    rng = np.random.default_rng(seed)
    focal = rng.uniform(300, 1800)
    K = np.array(
        [[focal, 0, 960], [0, focal * rng.uniform(0.95, 1.05), 540], [0, 0, 1]]
    )
    # The ranges of the CMU Panoptic HD cameras.
    distortion = np.array(
        [
            rng.uniform(-0.29, -0.17),
            rng.uniform(0.17, 0.21),
            *rng.uniform(-2e-3, 2e-3, 2),
            rng.uniform(-0.05, 0.05),
        ]
    )
    R = cv2.Rodrigues(rng.normal(size=3))[0]
    t = rng.normal(size=3) * 300
    return Camera("c", K, distortion * distorted, R, t, (1920, 1080))


def points_in_view(camera, seed, count=20):
    rng = np.random.default_rng(seed)
    in_camera = rng.uniform([-300, -200, 800], [300, 200, 2000], (count, 3))
    return (in_camera - camera.t) @ camera.R


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_projection_agrees_with_opencv(seed):
    camera = random_camera(seed)
    points = points_in_view(camera, seed)
    expected, _ = cv2.projectPoints(
        points, cv2.Rodrigues(camera.R)[0], camera.t, camera.K, camera.distortion
    )
    np.testing.assert_allclose(camera.project(points), expected[:, 0], atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_unproject_inverts_project(seed):
    camera = random_camera(seed)
    points = points_in_view(camera, seed)
    depth = camera.to_camera(points)[..., 2]
    lifted = camera.unproject(camera.project(points), depth)
    np.testing.assert_allclose(lifted, points, atol=1e-3)


def test_center_is_where_the_camera_frame_starts():
    camera = random_camera(3)
    np.testing.assert_allclose(camera.to_camera(camera.center), 0, atol=1e-9)


def test_translation_may_be_a_column_as_in_panoptic_files():
    K = np.diag([100.0, 100, 1])
    camera = Camera("c", K, np.zeros(5), np.eye(3), [[1], [2], [3]], (64, 64))
    assert camera.t.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("K", np.zeros((3, 3)), "'K' is singular"),
        ("K", np.eye(4), "'K' must be finite and of shape"),
        ("K", [[99, 0, 0], [0, 99, 0], [32, 32, 1]], "is transposed, as MATLAB"),
        ("K", [[99, 0, 32], [0, 99, 32], [0, 0, 2]], "divide it by its last number"),
        ("K", [[99, 0.5, 32], [0, 99, 32], [0, 0, 1]], "has a skew of 0.5 pixels"),
        ("R", np.eye(3) * 1.1, "'R' is not a rotation"),
        ("R", np.diag([1.0, 1, -1]), "'R' is not a rotation"),
        ("t", [0.0, np.nan, 0], "'t' must be finite"),
        ("distortion", [0.1, 0.2], "'distortion' must be finite and of shape"),
        ("distortion", ["a"] * 5, "'distortion' must be numbers"),
        ("resolution", (0, 10), "'resolution' must be two positive"),
    ],
)
def test_bad_calibration_names_the_field(field, value, message):
    fields = {
        "K": np.diag([100.0, 100, 1]),
        "distortion": np.zeros(5),
        "R": np.eye(3),
        "t": np.zeros(3),
        "resolution": (64, 64),
    }
    with pytest.raises(CalibrationError, match=message) as error:
        Camera("left", **{**fields, field: value})
    assert "left" in str(error.value)
