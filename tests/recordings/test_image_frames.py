"""Tests of reading folders of numbered images."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.image_frames import ImageFrames
from tests.recordings.conftest import SIZE


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "00_03"
    folder.mkdir()
    for index in (1, 2, 4):
        image = np.full((SIZE[1], SIZE[0], 3), (0, 0, 10 * index), np.uint8)
        cv2.imwrite(str(folder / f"00_03_{index:08d}.png"), image)
    (folder / "notes.txt").write_text("no image")
    return folder


def test_late_start_and_gaps(folder):
    frames = ImageFrames(folder)
    assert frames.num_frames == 5
    assert frames.resolution == SIZE
    assert frames.missing == {0, 3}


def test_read_gives_rgb_and_none_for_gaps(folder):
    images = dict(ImageFrames(folder).read([1, 3, 4]))
    assert images[3] is None
    assert images[4][0, 0].tolist() == [40, 0, 0]


def test_unreadable_image_is_none_and_named(folder):
    broken = folder / "00_03_00000002.png"
    broken.write_bytes(b"half")
    frames = ImageFrames(folder)
    assert dict(frames.read([2])) == {2: None}
    assert frames.file_of(2) == broken


def test_folder_without_numbered_images(tmp_path):
    with pytest.raises(RecordingError, match="holds no image named like"):
        ImageFrames(tmp_path)
