"""A tiny rig whose frames tell their number."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.geometry import Camera
from hand_geo_keras.recordings import open_recording, write_rig
from tests.recordings.conftest import write_video

SIZE = (64, 48)
FRAMES = 24


def make_camera(name, angle):
    R, _ = cv2.Rodrigues(np.array([0.0, angle, 0.0]))
    K = np.array([[140.0, 0, 32], [0, 140, 24], [0, 0, 1]])
    return Camera(name, K, np.zeros(5), R, np.array([0, 0, 500.0]), SIZE)


@pytest.fixture
def cameras():
    return [make_camera("a", -0.5), make_camera("b", 0.0), make_camera("c", 0.6)]


@pytest.fixture
def folder(tmp_path, cameras):
    """Folder of a rig of three cameras without labels."""
    path = tmp_path / "rig"
    for camera in cameras:
        write_video(path / f"{camera.name}.mp4", FRAMES, SIZE)
    write_rig(path, cameras, {c.name: f"{c.name}.mp4" for c in cameras}, fps=30)
    return path


@pytest.fixture
def recording(folder):
    return open_recording(folder, labels=False)
