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
    for name in ("notes.txt", "d.HEIC", "e.heic", "README", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "f.png").mkdir()
    files, others = image_files([tmp_path, tmp_path / "b.png"])
    assert list(files) == ["a.png", "b.png", "c.jpg"]
    assert others == {
        "of another format (.txt)": 1,
        "of another format (.heic)": 2,
        "of another format (none)": 1,
        "subfolder": 1,
    }
    read = list(read_images(files))
    assert [(name, position) for name, position, _ in read] == [
        ("a.png", 0),
        ("b.png", 1),
        ("c.jpg", 2),
    ]
    assert read[0][2][0, 0].tolist() == [255, 0, 0] and read[2][2] is None


def test_files_of_one_name_are_told_apart(tmp_path, monkeypatch):
    for name in ("x/one/a.png", "x/two/a.png", "x/two/b.png", "x/a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path / "x" / "two")
    files, _ = image_files([tmp_path / "x" / "one", ".", "../two/b.png"])
    assert list(files) == ["one/a.png", "two/a.png", "b.png"]
    assert files["two/a.png"] == tmp_path / "x" / "two" / "a.png"
    assert list(image_files(["../a.png", "a.png"])[0]) == ["a.png", "two/a.png"]


def test_images_are_told_from_videos(tmp_path):
    assert is_image(tmp_path)
    assert all(map(is_image, ("a.PNG", "a.heic", "a.jp2", "a.webp")))
    assert not any(map(is_image, ("a.mp4", "a.mkv", "a.gif", "a")))


def test_videos_beside_images_are_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((4, 5, 3), np.uint8))
    write_video(tmp_path / "v.mp4", 2)
    with pytest.raises(RecordingError, match=r"v\.mp4: is no image .* video alone"):
        image_files([tmp_path / "a.png", tmp_path / "v.mp4"])
    (tmp_path / "a.png").rename(tmp_path / "a")  # what it holds decides
    assert list(image_files(tmp_path / "a")[0]) == ["a"]


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
