"""A rig of two views with labels, behind a server."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.geometry import Camera
from hand_geo_keras.recordings import Hand, write_rig
from hand_geo_keras.viewer.correct import correction_server
from tests.recordings.conftest import hand_joints

SIZE = (320, 240)
FRAMES = 6


def make_camera(name, angle):
    R, _ = cv2.Rodrigues(np.array([0.0, angle, 0.0]))
    K = np.array([[560.0, 0, 160], [0, 560, 120], [0, 0, 1]])
    distortion = [-0.1, 0.05, 0.001, -0.002, 0]
    return Camera(name, K, distortion, R, np.array([0, 0, 500.0]), SIZE)


CAMERAS = [make_camera("left", -0.4), make_camera("right", 0.4)]


def make_hand(frame):
    ones = np.ones(21, np.float32)
    joints = hand_joints(0.2 + 0.1 * frame) + [frame, 0, 0]
    return Hand("right", "anna", joints, ones > 0, ones, 0 * ones)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "rig"
    path.mkdir()
    hands = {frame: [make_hand(frame)] for frame in range(FRAMES - 1)}
    for camera in CAMERAS:
        video = cv2.VideoWriter(
            str(path / f"{camera.name}.mp4"),
            cv2.VideoWriter_fourcc(*"mp4v"),
            30,
            SIZE,
        )
        for frame in range(FRAMES):
            image = np.full((SIZE[1], SIZE[0], 3), (90, 110, 100), np.uint8)
            for point in camera.project(make_hand(frame).joints):
                at = tuple(map(int, point.round()))
                cv2.circle(image, at, 9, (150, 180, 220), -1)
            video.write(image)
        video.release()
    videos = {camera.name: f"{camera.name}.mp4" for camera in CAMERAS}
    write_rig(path, CAMERAS, videos, 30, hands)
    (path / "frames_to_correct.csv").write_text("frame,disagreement\n3,0.2\n1,0.1\n")
    return path


@pytest.fixture
def server(folder):
    with correction_server(folder) as server:
        server.start()
        yield server
