"""Tests of images with skeletons."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.prediction import HandPrediction
from hand_geo_keras.prediction.annotated_images import (
    AnnotatedImages,
    AnnotatedVideo,
    annotated,
)

GREY = np.full((48, 64, 3), 90, np.uint8)


@pytest.fixture
def hand():
    pixels = np.stack([np.linspace(20, 40, 21), np.linspace(30, 15, 21)], 1)
    box = np.array([30.0, 24.0, 30.0])
    return HandPrediction("a", 0, "right", box, pixels, np.zeros((21, 3)), None)


def test_box_and_skeleton_are_overlaid_on_a_copy(hand):
    image = annotated(GREY, [hand])
    assert (GREY == 90).all()
    assert (image[9, 20] > 200).all()  # upper edge of the box
    assert (image[15:31, 20:41] != 90).any()
    assert (image[:, 50:] == 90).all()
    assert annotated(GREY, []) is GREY


def test_videos_appear_when_complete(tmp_path):
    for complete, names in ((False, []), (True, ["a.mp4"])):
        video = AnnotatedVideo(tmp_path / "a.mp4", 30, (64, 48))
        for _ in range(3):
            video.write("a", GREY)
        assert not (tmp_path / "a.mp4").exists()
        video.close(complete)
        assert [file.name for file in tmp_path.iterdir()] == names
    assert cv2.VideoCapture(str(tmp_path / "a.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 3


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(RecordingError, match="cannot be written"):
        AnnotatedVideo(tmp_path / "absent" / "a.mp4", 30, (64, 48))


def test_images_keep_their_colours(tmp_path):
    red = np.zeros_like(GREY)
    red[..., 0] = 200
    AnnotatedImages(tmp_path / "out", ["photo.jpg"]).write("photo.jpg", red)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["photo.png"]
    assert cv2.imread(str(tmp_path / "out" / "photo.png"))[0, 0].tolist() == [0, 0, 200]


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["a.jpg", "b.c.jpg", "d/a.jpg"], ["a.png", "b.c.png", "d/a.png"]),
        (["a.jpg", "a.png", "b.tif"], ["a.jpg.png", "a.png.png", "b.png"]),
        # `a.jpg.png` would be the name for both of the first two.
        (["a.jpg", "a.jpg.bmp", "a.png"], ["a.jpg.png", "a.jpg.bmp.png", "a.png.png"]),
    ],
)
def test_every_image_has_a_file_of_its_own(tmp_path, names, files):
    images = AnnotatedImages(tmp_path, names)
    assert [images.file_of(name) for name in names] == [tmp_path / f for f in files]
