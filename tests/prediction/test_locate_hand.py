"""Tests of placing a hand by its boxes."""

import numpy as np
import pytest

from hand_geo_keras.geometry import square_box
from hand_geo_keras.prediction import locate_hand
from tests.prediction.conftest import make_camera

DISTORTION = (-0.2, 0.1, 0.001, -0.001, 0.02)


def boxes_of(cameras, joints):
    return [square_box(camera.project(joints), 0.4) for camera in cameras]


@pytest.mark.parametrize("distortion", [(0,) * 5, DISTORTION])
@pytest.mark.parametrize("place", [(0, 0, 0), (90, -40, 60), (-150, 60, 300)])
def test_one_view_finds_the_true_place(joints, place, distortion):
    camera = make_camera(distortion=distortion)
    true = joints + place
    wrist = locate_hand(true - true[0], [camera], boxes_of([camera], true))
    np.testing.assert_allclose(wrist, true[0], atol=0.05)


def test_two_views_agree(joints):
    cameras = [make_camera("a", -0.5, DISTORTION), make_camera("b", 0.5)]
    wrist = locate_hand(joints - joints[0], cameras, boxes_of(cameras, joints))
    np.testing.assert_allclose(wrist, joints[0], atol=0.05)


def test_several_views_forgive_a_wrong_size_that_one_does_not(joints):
    cameras = [make_camera("a", -0.7), make_camera("b", 0.7)]
    boxes = boxes_of(cameras, joints)
    too_large = 1.2 * (joints - joints[0])
    one = locate_hand(too_large, cameras[:1], boxes[:1])
    two = locate_hand(too_large, cameras, boxes)
    error_one, error_two = (np.linalg.norm(w - joints[0]) for w in (one, two))
    assert error_one > 80 and error_two < 40


def test_a_box_that_no_place_fits(joints):
    box = [(80, 60, 100000.0)]  # as if the hand were behind the lens
    assert np.isnan(locate_hand(joints - joints[0], [make_camera()], box)).all()
