import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.geometry import Camera
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction import hand_search, joint_predictor
from hand_geo_keras.prediction.hand_reader import Region
from hand_geo_keras.prediction.joint_predictor import JointPredictor
from hand_geo_keras.prediction.locate_hand import locate_by_pixels
from tests.models.test_joint_encoder import tiny
from tests.zoo import pose_estimator

K = np.array([[300.0, 0, 99.5], [0, 310, 79.5], [0, 0, 1]])


def camera_at(yaw, t):
    c, s = np.cos(yaw), np.sin(yaw)
    R = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return Camera("c", K, np.array([0.1, -0.05, 0, 0, 0]), R, np.array(t), (200, 160))


@settings(max_examples=30, deadline=None)
@given(
    yaw=st.floats(-0.5, 0.5),
    x=st.floats(-80, 80),
    y=st.floats(-60, 60),
    z=st.floats(350, 1200),
    seed=st.integers(0, 100),
)
def test_a_projected_hand_is_placed_where_it_was(yaw, x, y, z, seed):
    camera = camera_at(yaw, [5.0, -8, 20])
    pose = np.random.default_rng(seed).normal(0, 35, (21, 3))
    pose -= pose[0]
    wrist = (np.array([x, y, z]) - camera.t) @ camera.R
    found = locate_by_pixels(pose, camera, camera.project(pose + wrist))
    np.testing.assert_allclose(found, wrist, atol=0.05)


def test_certain_joints_decide():
    camera = camera_at(0.0, [0.0, 0, 0])
    pose = np.random.default_rng(0).normal(0, 35, (21, 3))
    pose -= pose[0]
    wrist = np.array([10.0, 20, 600])
    pixels = camera.project(pose + wrist)
    pixels[7] += 40
    weights = np.ones(21)
    off = np.linalg.norm(locate_by_pixels(pose, camera, pixels, weights) - wrist)
    weights[7] = 1e-6
    right = np.linalg.norm(locate_by_pixels(pose, camera, pixels, weights) - wrist)
    assert right < 0.1 < off


@pytest.fixture(scope="module")
def model():
    return PoseEstimator(tiny(), LiftHead(25))


def image(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (120, 160, 3), dtype=np.uint8)


def test_boxes_give_one_prediction_each_of_the_asked_size(model):
    predictor = JointPredictor(model, side="left", hand_size_mm=95.0)
    boxes = [(70, 60, 50), (80, 50, 60)]
    hands = predictor([image(0), image(1)], boxes, ["a", "b"], [4, 5])
    assert [hand.frame for hand in hands if hand is not None] == [4, 5]
    for hand in hands:
        assert np.linalg.norm(hand.joints[9]) == pytest.approx(95.0)
        assert hand.wrist is None and 0 <= hand.score <= 1 and hand.side == "left"


@pytest.mark.parametrize(
    ("scores", "most", "kept"),
    [
        ([0.95, 0.85], 2, [0.95]),  # an ornament on the wall beside the hand
        ([0.97, 0.93], 2, [0.97, 0.93]),
        ([0.8, 0.75], 2, [0.8]),
        ([0.6, 0.55], 2, []),
        ([0.97, 0.95, 0.93], 2, [0.97, 0.95]),
    ],
)
def test_hands_beside_the_first_must_be_certain(model, monkeypatch, scores, most, kept):
    predictor = JointPredictor(model, side="right")
    count, camera = len(scores), predictor.camera_of(image())
    apart = [Region(np.array([40.0 * (i + 1), 50, 30])) for i in range(count)]
    sides = ["right"] * count
    readings = predictor.reader.read(
        [image()] * count, [camera] * count, apart, sides, passes=1
    )
    score_of = dict(zip(map(id, readings), scores))
    monkeypatch.setattr(predictor.reader, "read", lambda *a, **k: readings)
    monkeypatch.setattr(hand_search, "is_near", lambda *readings: False)
    monkeypatch.setattr(hand_search, "_CERTAIN", 0.0)
    for module in (hand_search, joint_predictor):
        monkeypatch.setattr(module, "hand_score", lambda r, told=False: score_of[id(r)])
    found = predictor.search(image(), most=most)
    assert [hand.score for hand in found] == kept


def test_a_tracker_searches_and_then_follows(model, monkeypatch):
    predictor = JointPredictor(model)
    follow = predictor.tracker()
    searched = []
    import hand_geo_keras.prediction.hand_tracker as module

    monkeypatch.setattr(module, "find_hands", lambda *a, **k: searched.append(1) or [])
    for _ in range(11):
        assert follow(image()) == []
    assert len(searched) == 3  # in the images 0, 5 and 10


def test_models_without_named_points_and_unknown_sides_are_refused(model):
    with pytest.raises(ValueError, match="named latent points"):
        JointPredictor(pose_estimator())
    with pytest.raises(ValueError, match="side='both'"):
        JointPredictor(model, side="both")
