"""Tests of reading images."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.prediction.image_sources import (
    VideoImages,
    image_files,
    is_image,
    read_images,
)
from tests.recordings.conftest import write_video


def test_folders_and_files(tmp_path):
    red = np.zeros((4, 5, 3), np.uint8)
    red[..., 2] = 255  # OpenCV writes BGR
    for name in ("b.png", "a.png"):
        cv2.imwrite(str(tmp_path / name), red)
    (tmp_path / "c.jpg").write_bytes(b"no image")
    (tmp_path / "notes.txt").touch()
    files = image_files([tmp_path, tmp_path / "b.png"])
    assert [file.name for file in files] == ["a.png", "b.png", "c.jpg", "b.png"]
    read = list(read_images(files[:3]))
    assert [(name, position) for name, position, _ in read] == [
        ("a.png", 0),
        ("b.png", 1),
        ("c.jpg", 2),
    ]
    assert read[0][2][0, 0].tolist() == [255, 0, 0] and read[2][2] is None
    assert is_image(tmp_path) and is_image("a.PNG") and not is_image("a.mp4")


def test_nothing_to_read(tmp_path):
    for path in (tmp_path, tmp_path / "absent.png"):
        with pytest.raises(RecordingError, match="there is no image"):
            image_files(path)


def test_video(tmp_path):
    write_video(tmp_path / "v.mp4", 5)
    images = VideoImages(tmp_path / "v.mp4")
    read = list(images)
    assert [(name, frame) for name, frame, _ in read] == [
        ("v.mp4", i) for i in range(5)
    ]
    assert (len(images), images.fps, images.resolution) == (5, 30, (64, 48))
