"""Tests of predicting videos and image files."""

import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.prediction import predict_images, predict_video
from tests.prediction.conftest import SIZE, Oracle, make_camera
from tests.recordings.conftest import write_video

BOX = (80.0, 60.0, 60.0)


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "clip.mp4"
    write_video(path, 20, SIZE)
    return path


def oracle(joints, count):
    return Oracle(np.broadcast_to(joints - joints[0], (count, 21, 3)))


def test_video(video, tmp_path, joints, camera):
    boxes = {frame: BOX for frame in range(18)}
    boxes[17] = (900.0, 60, 60)
    found = predict_video(
        oracle(joints, 17), video, boxes, camera, out_dir=tmp_path / "out"
    )
    assert [hand.frame for hand in found.hands] == list(range(17))
    assert found.skipped == {"no hand box": 2, "box outside the image": 1}
    names = {"annotated.mp4", "keypoints.json", "keypoints.csv"}
    assert {path.name for path in found.files} == names
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    annotated = cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4"))
    assert annotated.get(cv2.CAP_PROP_FRAME_COUNT) == 20
    image = annotated.read()[1].astype(int)
    assert np.abs(image - image[0, 0]).max() > 60  # a skeleton on plain grey
    content = json.loads((tmp_path / "out" / "keypoints.json").read_text())
    assert content["camera"]["name"] == "cam" and len(content["hands"]) == 17
    assert sum(content["skipped"].values()) == 3


def test_nothing_is_written_unasked(video, tmp_path, joints):
    found = predict_video(oracle(joints, 20), video, BOX, progress=False)
    assert len(found.hands) == 20 and found.files == ()
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_images_some_of_them_bad(tmp_path, joints, camera):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, size in (("a.png", SIZE), ("c.png", (30, 20)), ("d.png", SIZE)):
        cv2.imwrite(str(folder / name), np.zeros((size[1], size[0], 3), np.uint8))
    (folder / "b.png").write_bytes(b"broken")
    found = predict_images(
        oracle(joints, 2), folder, BOX, camera, out_dir=tmp_path / "out", progress=False
    )
    assert [hand.source for hand in found.hands] == ["a.png", "d.png"]
    assert found.skipped == {"unreadable": 1, "of another size than the camera": 1}
    annotated = sorted(path.name for path in (tmp_path / "out/annotated").iterdir())
    assert annotated == ["a.png", "c.png", "d.png"]


def test_an_interrupted_video_leaves_no_half_video(video, tmp_path, joints):
    def detector(camera, image):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_video(oracle(joints, 20), video, detector, out_dir=tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_camera_of_another_size(video, joints):
    camera = make_camera(size=(640, 480))
    with pytest.raises(CalibrationError, match=r"clip\.mp4: is 160 x 120"):
        predict_video(oracle(joints, 20), video, BOX, camera)
