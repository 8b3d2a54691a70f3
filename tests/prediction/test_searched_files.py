"""Files predicted without boxes, by a model that finds hands itself."""

import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction import (
    hand_search,
    predict_images,
    predict_photo,
    predict_video,
)
from hand_geo_keras.prediction.hand_reader import HandReader
from tests.models.test_joint_encoder import tiny
from tests.zoo import pose_estimator


@pytest.fixture(scope="module")
def model():
    return PoseEstimator(tiny(), LiftHead(25))


@pytest.fixture
def every_reading_is_a_hand(monkeypatch):
    """An untrained network's heatmaps are wide, and its next regions tiny."""
    monkeypatch.setattr(hand_search, "_score", lambda *of: np.ones_like(of[0]))
    monkeypatch.setattr(HandReader, "_around", lambda self, *of: of[-1])


def frames(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 96, 128, 3), dtype=np.uint8)


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (128, 96))
    for frame in frames(7):
        writer.write(frame)
    writer.release()
    return path


def test_a_video_is_followed(model, video, every_reading_is_a_hand, tmp_path):
    found = predict_video(model, video, out_dir=tmp_path / "out", progress=False)
    assert found.hands[0].frame == 0
    for hand in found.hands:
        assert hand.time == pytest.approx(hand.frame / 10)
    assert len(found.hands) + sum(found.skipped.values()) == 7
    entries = json.loads((tmp_path / "out" / "keypoints.json").read_text())["hands"]
    assert all(len(entry["spread_px"]) == 21 for entry in entries)
    assert cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4")).get(7) == 7


def test_frames_without_a_hand_are_counted(model, video, monkeypatch):
    monkeypatch.setattr(hand_search, "_score", lambda *of: np.zeros_like(of[0]))
    found = predict_video(model, video, progress=False)
    assert found.hands == () and found.skipped == {"no hand found": 7}


def test_images_are_searched_one_by_one(model, every_reading_is_a_hand, tmp_path):
    for index, frame in enumerate(frames(2, seed=1)):
        cv2.imwrite(str(tmp_path / f"{index}.png"), frame)
    (tmp_path / "broken.jpg").write_bytes(b"no image")
    (tmp_path / "c.heic").touch()
    out = tmp_path / "out"
    found = predict_images(model, tmp_path, side="left", out_dir=out, progress=False)
    assert [hand.side for hand in found.hands] == ["left", "left"]
    assert found.skipped == {"unreadable": 1, "of another format (.heic)": 1}
    assert found.skipped_images == {"broken.jpg": "unreadable"}
    written = json.loads((out / "keypoints.json").read_text())
    assert written["skipped"] == found.skipped
    assert written["skipped_images"] == found.skipped_images


def test_no_annotated_image_replaces_another(model, every_reading_is_a_hand, tmp_path):
    for index, name in enumerate(("one/a.png", "two/a.png", "two/b.png", "two/b.bmp")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), frames(1, seed=index)[0])
    folders = [tmp_path / "one", tmp_path / "two"]
    found = predict_images(model, folders, out_dir=tmp_path / "out", progress=False)
    names = ["one/a.png", "two/a.png", "b.bmp", "b.png"]
    assert [hand.source for hand in found.hands] == names
    folder = tmp_path / "out" / "annotated"
    written = {str(file.relative_to(folder)) for file in folder.rglob("*.png")}
    assert written == {"one/a.png", "two/a.png", "b.bmp.png", "b.png.png"}


def test_a_photo_without_a_hand_is_an_error(model, monkeypatch):
    monkeypatch.setattr(hand_search, "_score", lambda *of: np.zeros_like(of[0]))
    with pytest.raises(LabelError, match="no hand found"):
        predict_photo(model, frames(1)[0])


def test_the_side_of_a_hand_in_a_box_is_the_more_probable_one(model, monkeypatch):
    sides = []
    monkeypatch.setattr(
        "hand_geo_keras.prediction.joint_predictor._score_of",
        lambda item: sides.append(item[0]) or (item[0] == "left"),
    )
    hand = predict_photo(model, frames(1)[0], box=(60, 50, 60))
    assert hand.side == "left" and set(sides) == {"right", "left"}


def test_models_that_cannot_search_ask_for_boxes(video):
    with pytest.raises(LabelError, match="finds no hands by itself"):
        predict_video(pose_estimator(), video)
