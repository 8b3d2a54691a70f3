import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import StorageError
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.panoptic_writer import (
    ImageSink,
    VideoSink,
    hand_entry,
    with_poor_joints,
    without_fingers,
    write_calibration,
)

JOINTS = np.random.default_rng(0).normal(0, 100, (21, 3)) + [100, -1200, 50]
CAMERAS = (0, 5, 8, 20)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_calibration_is_in_centimetres_with_nested_translation(tmp_path):
    path = tmp_path / "calibration_x.json"
    write_calibration(path, dome_cameras()[:2])
    content = json.loads(path.read_text())
    entry, camera = content["cameras"][1], dome_cameras()[1]
    assert np.shape(entry["t"]) == (3, 1)
    np.testing.assert_allclose(np.ravel(entry["t"]) * 10, camera.t)
    assert (entry["name"], entry["type"]) == ("00_01", "hd")
    assert (entry["panel"], entry["node"]) == (0, 1)
    assert entry["resolution"] == list(camera.resolution)
    np.testing.assert_allclose(entry["distCoef"], camera.distortion)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_hand_entry(rng):
    entry = hand_entry(rng, JOINTS, CAMERAS)
    assert len(entry["landmarks"]) == 63
    landmarks = np.reshape(entry["landmarks"], (21, 3))
    np.testing.assert_allclose(landmarks * 10, JOINTS, atol=1e-3)
    assert entry["validity"] == [1] * 21
    assert min(entry["averageScore"]) >= 0.5
    assert max(entry["averageReproError"]) < 6
    # All joints of a finger come from the same triangulation.
    assert len(set(entry["averageReproError"][5:9])) == 1
    assert entry["visibility"][5] == entry["visibility"][8]
    assert len(entry["visibility"][0]) >= 2
    assert set(entry["visibility"][0]) <= set(CAMERAS)
    json.dumps(entry)


def test_joints_that_were_not_reconstructed(rng):
    entry = without_fingers(rng, hand_entry(rng, JOINTS, CAMERAS))
    gone = [joint for joint in range(21) if not entry["validity"][joint]]
    assert len(gone) in (4, 8)
    for joint in gone:
        assert entry["landmarks"][3 * joint : 3 * joint + 3] == [0, 0, 0]
        assert entry["averageReproError"][joint] == 1e5
        assert entry["visibility"][joint] == []


def test_poor_joints_can_be_told_by_score_and_error(rng):
    entry = with_poor_joints(rng, hand_entry(rng, JOINTS, CAMERAS))
    poor = np.array(entry["averageScore"]) < 0.5
    assert poor.sum() >= 8
    assert (np.array(entry["averageReproError"])[poor] > 20).all()
    json.dumps(entry)


def scene_image(camera):
    width, height = camera.resolution
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = 127 + 80 * np.sin(x / 17) * np.cos(y / 23)
    return np.stack([waves, waves * 0.6, 255 - waves], -1).astype(np.uint8)


def test_video_keeps_the_image(tmp_path):
    camera = dome_cameras()[3]
    image = scene_image(camera)
    sink = VideoSink(tmp_path, camera, 4.0)
    for frame in range(3):
        sink.add(frame, np.roll(image, 9 * frame, axis=1))
    sink.close()
    capture = cv2.VideoCapture(str(tmp_path / "hdVideos" / "hd_00_03.mp4"))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(4.0)
    for frame in range(3):
        ok, decoded = capture.read()
        assert ok
        assert cv2.PSNR(decoded[..., ::-1], np.roll(image, 9 * frame, axis=1)) > 30
    assert not capture.read()[0]


def test_a_video_that_lost_frames_is_an_error(tmp_path):
    sink = VideoSink(tmp_path, dome_cameras()[3], 4.0)
    sink.add(0, scene_image(dome_cameras()[3]))
    sink._video.num_frames += 1
    with pytest.raises(StorageError, match=r"hd_00_03\.mp4: only 1 of 2 frames"):
        sink.close()


def test_images_are_numbered_from_their_frame(tmp_path):
    camera = dome_cameras()[3]
    sink = ImageSink(tmp_path, camera, 4.0)
    sink.add(7, scene_image(camera))
    sink.close()
    decoded = cv2.imread(str(tmp_path / "hdImgs" / "00_03" / "00_03_00000007.jpg"))
    assert cv2.PSNR(decoded[..., ::-1], scene_image(camera)) > 30
