"""One line of use: an image in, its hands out, as files and the commands give them."""

import json

import cv2
import numpy as np
import pytest

import hand_geo_keras
from hand_geo_keras.cli import main
from hand_geo_keras.errors import LabelError, RecordingError
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction import HandsInImage, hand_search, predict, predict_photo
from tests.models.test_joint_encoder import tiny
from tests.zoo import pose_estimator

PHOTO = np.random.default_rng(3).integers(0, 256, (96, 128, 3), dtype=np.uint8)
BOXES = [(40.0, 40.0, 50.0), (80.0, 50.0, 60.0)]


@pytest.fixture(scope="module")
def model():
    return PoseEstimator(tiny(), LiftHead(25))


@pytest.fixture
def every_reading_is_a_hand(monkeypatch):
    """An untrained network's heatmaps are wide."""
    monkeypatch.setattr(hand_search, "_score", lambda *of: np.ones_like(of[0]))


def test_it_is_offered_by_the_package():
    assert hand_geo_keras.predict is predict


@pytest.mark.parametrize("most", [1, 2])
def test_as_many_hands_are_found_as_asked_for(model, most, every_reading_is_a_hand):
    found = predict(PHOTO, model, most=most, side="right")
    assert isinstance(found, HandsInImage) and len(found) == most
    assert {hand.side for hand in found} == {"right"}
    np.testing.assert_array_equal(
        predict_photo(model, PHOTO, "right").joints, found[0].joints
    )


def test_the_command_writes_the_same_numbers(
    model, every_reading_is_a_hand, tmp_path, capsys
):
    cv2.imwrite(str(tmp_path / "photo.png"), PHOTO[..., ::-1])
    model.save(tmp_path / "model.keras")
    paths = [str(tmp_path / name) for name in ("photo.png", "model.keras", "out")]
    command = ["predict", paths[0], f"--model={paths[1]}", f"--out_dir={paths[2]}"]
    assert main([*command, "--side=left"]) == 0
    printed, progress = capsys.readouterr()
    found = predict(paths[0], paths[1], side="left")
    assert "2 hands predicted" in printed and found[0].summary() in printed
    assert "wrote " + str(tmp_path / "out" / "annotated" / "photo.png") in printed
    assert "frame" not in printed and "image" not in progress  # it is one photo
    written = json.loads((tmp_path / "out" / "keypoints.json").read_text())["hands"]
    assert len(written) == len(found) == 2
    for entry, hand in zip(written, found):
        np.testing.assert_allclose(entry["joints_mm"], hand.joints, atol=1e-3)
        assert entry["score"] == pytest.approx(hand.score, abs=1e-4)
    annotated = cv2.imread(str(tmp_path / "out" / "annotated" / "photo.png"))
    np.testing.assert_array_equal(annotated[..., ::-1], found.overlay())


def test_no_hand_is_no_success(model, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(hand_search, "_score", lambda *of: np.zeros_like(of[0]))
    found = predict(PHOTO, model)
    assert not found and repr(found) == "no hand found in image"
    assert found.overlay() is found.image
    cv2.imwrite(str(tmp_path / "photo.png"), PHOTO)
    model.save(tmp_path / "m.keras")
    command = ["predict", str(tmp_path), f"--model={tmp_path / 'm.keras'}"]
    assert main([*command, f"--out_dir={tmp_path / 'out'}"]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("no hand found\n  if there is one, say where (--boxes)")
    assert "skipped: no hand found: 1 (photo.png)\n" in printed


def test_boxes_and_detectors_say_where_to_look(model):
    both = predict(PHOTO, model, boxes=BOXES, side="right")
    for box, hand in zip(BOXES, both, strict=True):
        (alone,) = predict(PHOTO, model, boxes=box, side="right")
        detector = lambda camera, image, box=box: box  # noqa: E731
        (told,) = predict(PHOTO, model, boxes=detector, side="right")
        np.testing.assert_allclose(alone.joints, hand.joints, atol=1e-3)
        np.testing.assert_array_equal(alone.joints, told.joints)
    assert not predict(PHOTO, model, boxes=lambda camera, image: None)


def test_models_that_cannot_search_ask_for_boxes_or_warn():
    with pytest.raises(LabelError, match="finds no hands by itself"):
        predict(PHOTO, pose_estimator())
    with pytest.warns(UserWarning, match="largest square in the centre"):
        predict_photo(pose_estimator(), PHOTO)


@pytest.mark.parametrize(
    "change", [lambda i: i.astype("float64"), lambda i: i.tolist()]
)
def test_images_of_other_types(model, change):
    expected = predict(PHOTO, model, boxes=BOXES[0])
    given = predict(change(PHOTO), model, boxes=BOXES[0])
    np.testing.assert_array_equal(given[0].joints, expected[0].joints)


def test_grey_and_alpha(model):
    grey = np.repeat(PHOTO[..., :1], 3, axis=2)
    expected = predict(grey, model, boxes=BOXES[0])[0].joints
    for same in (PHOTO[..., 0], np.dstack([grey, PHOTO[..., 1]])):
        given = predict(same, model, boxes=BOXES[0])[0].joints
        np.testing.assert_array_equal(given, expected)


def test_what_is_no_image_is_named(model, tmp_path):
    with pytest.raises(RecordingError, match="is no image"):
        predict(tmp_path / "photo.jpg", model)
    with pytest.raises(ValueError, match=r"image must lie in 0\.\.255, but seems"):
        predict(PHOTO / 255, model)


def test_how_the_result_looks(model, tmp_path):
    found = predict(PHOTO, model, boxes=BOXES, side="left", out_file=tmp_path / "a.png")
    lines = repr(found).splitlines()
    assert lines[0] == "2 hands in image"
    assert lines[1].startswith("  left hand, score 0.") and "px at (" in lines[1]
    shown = cv2.imdecode(np.frombuffer(found._repr_png_(), np.uint8), cv2.IMREAD_COLOR)
    saved = cv2.imread(str(tmp_path / "a.png"))
    np.testing.assert_array_equal(shown, saved)
    assert (saved[..., ::-1] != PHOTO).any()


def test_max_hands_is_positive(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "photo.png"), PHOTO)
    assert main(["predict", str(tmp_path / "photo.png"), "--hands=-1"]) == 2
    assert "Received: " in capsys.readouterr().err
