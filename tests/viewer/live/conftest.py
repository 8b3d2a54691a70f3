"""A video that is played like a camera."""

import cv2
import numpy as np
import pytest

FPS, FRAMES, SIZE = 50, 30, (64, 48)


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("camera") / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, SIZE)
    for number in range(FRAMES):
        writer.write(np.full((SIZE[1], SIZE[0], 3), 8 * number, np.uint8))
    writer.release()
    return path
