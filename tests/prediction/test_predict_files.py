"""Tests of predicting videos and image files."""

import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.prediction import OneEuroSettings, predict_images, predict_video
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


def test_a_video_is_smoothed_and_exported(video, tmp_path, joints, camera):
    rng = np.random.default_rng(0)
    noisy = joints - joints[0] + rng.normal(0, 3, (20, 21, 3))
    out = tmp_path / "out"
    found = predict_video(
        *(Oracle(noisy), video, BOX, camera),
        out_dir=out,
        annotate=False,
        formats=["csv", "bvh", "gltf", "trc"],
    )
    names = {"hands.csv", "hand0_right.bvh", "hand0_right.glb", "hand0_right.trc"}
    assert names <= {path.name for path in out.iterdir()}
    content = json.loads((out / "keypoints.json").read_text())
    assert content["jitter_per_frame"] == found.jitter
    for name in ("joints_mm", "wrist_mm", "pixels_px"):
        assert found.jitter["smoothed"][name] < found.jitter["raw"][name]
    assert content["smoothing"]["min_cutoff_hz"] > 0 and content["fps"] == found_fps(
        video
    )
    times = [entry["time_s"] for entry in content["hands"]]
    np.testing.assert_allclose(np.diff(times), 1 / content["fps"], atol=1e-5)


def test_without_smoothing_hands_are_as_predicted(video, joints, camera):
    def predict(smoothing):
        rng = np.random.default_rng(0)
        noisy = joints - joints[0] + rng.normal(0, 3, (20, 21, 3))
        noisy -= noisy[:, :1]
        model = Oracle(noisy)
        found = predict_video(
            model, video, BOX, camera, progress=False, smoothing=smoothing
        )
        return found, noisy

    raw, noisy = predict(None)
    assert raw.jitter["smoothed"] is None
    sizes = [np.linalg.norm(hand.joints) for hand in raw.hands]
    np.testing.assert_allclose(sizes, np.linalg.norm(noisy, axis=(1, 2)), rtol=1e-4)
    smoothed, _ = predict(OneEuroSettings())
    np.testing.assert_allclose(smoothed.hands[0].joints, raw.hands[0].joints)
    assert np.abs(smoothed.hands[9].joints - raw.hands[9].joints).max() > 0.5


def found_fps(video):
    return cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FPS)
