"""Two cameras with distortion and a world frame of their own."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.geometry import Camera


@pytest.fixture
def stereo():
    return tuple(
        Camera(
            name,
            np.array([[600.5 + shift, 0, 320.25], [0, 601.5, 239.75], [0, 0, 1]]),
            np.array([-0.2, 0.11, 0.001, -0.002, 0.03]),
            cv2.Rodrigues(np.array([0.1 + shift / 90, 0.4, -0.05]))[0],
            np.array([-60.0 * shift, 12.5, 480.0]),
            (640, 480),
        )
        for name, shift in (("left", 0), ("right", 9))
    )


def assert_same_cameras(cameras, expected, atol=1e-9):
    assert [camera.name for camera in cameras] == [camera.name for camera in expected]
    for camera, other in zip(cameras, expected, strict=True):
        assert camera.resolution == other.resolution
        for field in ("K", "distortion", "R", "t"):
            np.testing.assert_allclose(
                getattr(camera, field), getattr(other, field), atol=atol
            )
