import dataclasses

import numpy as np
import pytest

from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction import PresetDetector
from hand_geo_keras.prediction.image_predictor import nominal_camera
from hand_geo_keras.prediction.joint_predictor import JointPredictor
from tests.models.test_joint_encoder import tiny
from tests.zoo import pose_estimator

IMAGE = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def model():
    return PoseEstimator(tiny(), LiftHead(25))


@pytest.fixture
def found(monkeypatch):
    """What is searched, in order; a hand is found except in black images."""
    searched = []

    def search(self, image, **options):
        searched.append((self.side, self.camera and self.camera.name))
        return [type("Hand", (), {"box": np.array([50.0, 60, 40])})] * int(image.any())

    monkeypatch.setattr(JointPredictor, "search", search)
    return searched


def test_each_image_is_searched_for_one_side(model, found):
    detect = PresetDetector("left", model, follow=False)
    np.testing.assert_array_equal(detect(None, IMAGE), [50, 60, 40])
    assert detect(None, 0 * IMAGE) is None
    assert found == [("left", None)] * 2


def test_each_camera_is_followed_by_itself(model, monkeypatch):
    opened = []

    def tracker(self):
        opened.append(self.camera and self.camera.name)
        return lambda image: []

    monkeypatch.setattr(JointPredictor, "tracker", tracker)
    detect = PresetDetector("right", model)
    a = dataclasses.replace(nominal_camera(IMAGE), name="a")
    b = dataclasses.replace(a, name="b")
    assert [detect(camera, IMAGE) for camera in (a, b, a, None)] == [None] * 4
    assert opened == ["a", "b", None]


def test_what_cannot_search_is_refused(model):
    with pytest.raises(ValueError, match="named latent points"):
        PresetDetector("right", pose_estimator())
    with pytest.raises(ValueError, match="side='both'"):
        PresetDetector("both", model)
