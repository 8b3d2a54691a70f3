"""MediaPipe's network reads upright crops; its poses are turned back into the image."""

import runpy
from pathlib import Path

import numpy as np
import pytest

TOOL = runpy.run_path(
    str(Path(__file__).parents[1] / "examples/tools/landmark_network.py")
)


def test_the_crop_has_the_palm_upright_and_in_the_middle():
    random = np.random.default_rng(2)
    pixels = random.uniform(50, 150, (21, 2))
    to_crop = TOOL["_upright_box"](pixels, 224)
    seen = pixels @ to_crop[:, :2].T + to_crop[:, 2]
    away = (seen[5] + 2 * seen[9] + seen[13]) / 4 - seen[0]
    assert away[1] < 0 and abs(away[0]) < 1e-6
    palm = seen[list(TOOL["_PALM"])]
    extent = np.ptp(palm, axis=0)
    np.testing.assert_allclose(extent.max(), 112, rtol=1e-6)
    middle = palm.min(0) + extent / 2
    np.testing.assert_allclose(middle, [111.5, 111.5 + 11.2], atol=1e-6)


def test_poses_are_turned_back_into_the_image(monkeypatch):
    joints = np.random.default_rng(0).normal(0, 30, (21, 3))  # px, in the image's axes
    pixels = joints[:, :2] + [200, 150]

    def read(self, image, to_crop, side):
        """What a network without errors says of a crop, in its conventions."""
        zoom = np.sqrt(np.linalg.det(to_crop[:, :2]))
        turned = joints @ np.pad(to_crop[:, :2], (0, 1)).T
        turned[:, 2] = zoom * joints[:, 2]
        in_crop = pixels @ to_crop[:, :2].T + to_crop[:, 2] + 0.5
        world = (turned - turned.mean(0)) / zoom / 1000
        landmarks = np.c_[in_crop, turned[:, 2] - turned[0, 2]]
        return [landmarks.ravel(), np.array([0.9]), np.array([0.1]), world.ravel()]

    network_class = TOOL["LandmarkNetwork"]
    monkeypatch.setattr(network_class, "_read", read)
    network = network_class.__new__(network_class)
    network._input = {"shape": (1, 224, 224, 3)}
    first_guess = pixels + np.random.default_rng(1).normal(0, 2, (21, 2))
    found = network(np.zeros((300, 400, 3), np.uint8), first_guess)
    np.testing.assert_allclose(found.pixels, pixels, atol=1e-6)
    assert found.presence == pytest.approx(0.9)
    for pose in found.joints_in_space.values():
        np.testing.assert_allclose(pose, joints - joints[0], atol=1e-6)


def test_a_missing_network_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.tflite: is not there"):
        TOOL["LandmarkNetwork"](tmp_path / "absent.tflite")
