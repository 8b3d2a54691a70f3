"""Tests of predicting a single photo."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import LabelError, RecordingError, StorageError
from hand_geo_keras.geometry import square_box, virtual_camera
from hand_geo_keras.prediction import predict_photo
from tests.prediction.conftest import SIZE, Oracle

PHOTO = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
BOX = (80.0, 60.0, 70.0)


@pytest.fixture
def seen(camera, joints):
    """Box of the joints and the pose that a perfect model would give."""
    box = square_box(camera.project(joints), 0.4)
    crop = virtual_camera(camera, box, 32)
    return box, (joints - joints[0]) @ crop.R.T


def test_joints_and_pixels_are_those_of_the_photo(camera, joints, seen):
    box, pose = seen
    hand = predict_photo(Oracle([pose]), PHOTO, box=box, camera=camera)
    np.testing.assert_allclose(hand.joints, joints - joints[0], atol=1e-3)
    np.testing.assert_allclose(hand.pixels, camera.project(joints), atol=0.05)


def test_a_left_hand_is_mirrored_there_and_back(camera, seen):
    """The model sees a mirrored crop and answers for a right hand."""
    box, pose = seen
    right, left = Oracle([pose]), Oracle([pose * [-1, 1, 1]])
    of_right = predict_photo(right, PHOTO, box=box, camera=camera)
    of_left = predict_photo(left, PHOTO, "left", box, camera)
    np.testing.assert_array_equal(left.crops[0], right.crops[0][:, ::-1])
    np.testing.assert_allclose(of_left.joints, of_right.joints, atol=1e-5)
    np.testing.assert_allclose(of_left.pixels, of_right.pixels, atol=1e-3)
    assert of_left.side == "left"


def test_without_a_box_the_hand_fills_the_middle(tiny_model):
    with pytest.warns(UserWarning, match="largest square in the centre"):
        whole = predict_photo(tiny_model, PHOTO)
    assert whole.box.tolist() == [79.5, 59.5, 120.0]
    said = predict_photo(tiny_model, PHOTO, box=(79.5, 59.5, 120.0))
    np.testing.assert_array_equal(whole.joints, said.joints)
    np.testing.assert_allclose(square_box(whole.pixels, 0.4), whole.box, atol=0.5)
    np.testing.assert_array_equal(whole.joints[0], np.zeros(3))


def test_a_file_is_read_and_overlaid(tiny_model, tmp_path):
    cv2.imwrite(str(tmp_path / "hand.png"), PHOTO[..., ::-1])
    hand = predict_photo(
        tiny_model, str(tmp_path / "hand.png"), box=BOX, out_file=tmp_path / "pose.png"
    )
    assert hand.source == "hand.png"
    of_array = predict_photo(tiny_model, PHOTO, box=BOX)
    np.testing.assert_array_equal(hand.joints, of_array.joints)
    overlaid = cv2.imread(str(tmp_path / "pose.png"))[..., ::-1]
    changed = np.argwhere((overlaid != PHOTO).any(-1))[:, ::-1]
    assert len(changed) > 200
    low, high = changed.min(0), changed.max(0)
    assert (low >= np.array(BOX[:2]) - 37).all() and (
        high <= 37 + np.array(BOX[:2])
    ).all()
    assert {path.name for path in tmp_path.iterdir()} == {"hand.png", "pose.png"}


@pytest.mark.parametrize("content", [None, b"no image"])
def test_what_is_no_photo_is_named(tiny_model, tmp_path, content):
    if content:
        (tmp_path / "hand.jpg").write_bytes(content)
    with pytest.raises(RecordingError, match=r"hand\.jpg: is no image"):
        predict_photo(tiny_model, tmp_path / "hand.jpg")


def test_an_overlay_that_cannot_be_written_is_named(tiny_model, tmp_path):
    with pytest.raises(StorageError, match=r"give a \.png"):
        predict_photo(tiny_model, PHOTO, out_file=tmp_path / "pose.doc")
    assert list(tmp_path.iterdir()) == []


def test_a_box_in_which_no_hand_fits(camera):
    behind = np.zeros((21, 3))
    behind[5:, 2] = -1e6
    with pytest.raises(LabelError, match="image: no hand can be placed in the box"):
        predict_photo(Oracle([behind]), PHOTO, box=BOX, camera=camera)
