"""Tests of the predictor of full images."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.geometry import square_box, virtual_camera
from hand_geo_keras.prediction import HandPredictor
from tests import zoo
from tests.prediction.conftest import SIZE, Oracle, make_camera

IMAGE = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)


def seen_by(camera, joints):
    """Box of the joints and the pose that a perfect model would give."""
    box = square_box(camera.project(joints), 0.4)
    crop = virtual_camera(camera, box, 32)
    return box, (joints - joints[0]) @ crop.R.T


def test_a_perfect_pose_gives_the_true_joints_in_the_camera(joints):
    camera = make_camera(angle=0.3, distortion=(-0.2, 0.1, 0.001, 0, 0))
    joints = joints + [70, -30, 20]
    box, pose = seen_by(camera, joints)
    (hand,) = HandPredictor(Oracle([pose]), camera)([IMAGE], [box], ["a.png"], [7])
    np.testing.assert_allclose(hand.pixels, camera.project(joints), atol=0.05)
    np.testing.assert_allclose(hand.camera_joints, camera.to_camera(joints), atol=0.1)
    np.testing.assert_array_equal(hand.joints[0], np.zeros(3))
    assert (hand.source, hand.frame, hand.side) == ("a.png", 7, "right")


def test_left_hands_are_mirrored_there_and_back(camera, joints):
    box, pose = seen_by(camera, joints)
    right, left = Oracle([pose]), Oracle([pose * [-1, 1, 1]])
    (of_right,) = HandPredictor(right, camera)([IMAGE], [box])
    (of_left,) = HandPredictor(left, camera, side="left")([IMAGE], [box])
    np.testing.assert_array_equal(left.crops[0], right.crops[0][:, ::-1])
    np.testing.assert_allclose(of_left.joints, of_right.joints, atol=1e-5)
    assert of_left.side == "left"


def test_a_mirrored_image_of_a_left_hand_gives_the_mirrored_pose(tiny_model):
    """The whole way with a real network, in a camera with central principal point."""
    smooth = cv2.GaussianBlur(IMAGE, (9, 9), 3)
    box = (60.0, 50.0, 60.0)
    mirrored_box = (SIZE[0] - 1 - box[0], box[1], box[2])
    right = HandPredictor(tiny_model)
    left = HandPredictor(tiny_model, side="left")
    (of_right,) = right([smooth], [box])
    (of_left,) = left([np.ascontiguousarray(smooth[:, ::-1])], [mirrored_box])
    np.testing.assert_allclose(of_left.joints, of_right.joints * [-1, 1, 1], atol=0.5)
    pixels = of_right.pixels.copy()
    pixels[:, 0] = SIZE[0] - 1 - pixels[:, 0]
    np.testing.assert_allclose(of_left.pixels, pixels, atol=0.5)


def test_unknown_intrinsics_give_pixels_but_no_place(camera, joints):
    box, pose = seen_by(camera, joints)
    (hand,) = HandPredictor(Oracle([pose]))([IMAGE], [box])
    assert hand.wrist is None and hand.camera_joints is None
    np.testing.assert_allclose(square_box(hand.pixels, 0.4), box, atol=0.1)
    assert np.linalg.norm(hand.pixels - camera.project(joints), axis=-1).max() < 4


def test_the_size_of_the_hand_sets_the_distance(camera, joints):
    box, pose = seen_by(camera, joints)
    size = np.linalg.norm(joints[9] - joints[0])
    half = Oracle([pose / 2])
    predictor = HandPredictor(half, camera, hand_size_mm=size)
    (hand,) = predictor([IMAGE], [box])
    np.testing.assert_allclose(hand.camera_joints, camera.to_camera(joints), atol=0.1)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [({"side": "up"}, "`side`"), ({"hand_size_mm": 0}, "positive length")],
)
def test_wrong_arguments(arguments, match):
    with pytest.raises(ValueError, match=match):
        HandPredictor(Oracle([]), **arguments)


def test_no_images():
    assert HandPredictor(Oracle([]))([], []) == []


def test_models_with_named_points_are_told_the_focal_length(camera):
    predictor = HandPredictor(zoo.lifting_estimator(), camera)
    boxes = [(100, 90, 40), (100, 90, 160)]
    images = np.random.default_rng(0).integers(0, 256, (2, *SIZE[::-1], 3), np.uint8)
    cutouts = predictor.cut(images, boxes)
    focals = [virtual_camera(camera, box, 16).K[0, 0] for box in boxes]
    np.testing.assert_allclose(cutouts.scales, 8 / np.array(focals), rtol=1e-6)
    inputs = {"image": cutouts.crops, "scale": cutouts.scales}
    np.testing.assert_allclose(
        predictor.poses(cutouts.crops, cutouts.scales),
        predictor.model(inputs),
        rtol=1e-4,
        atol=1e-3,
    )
