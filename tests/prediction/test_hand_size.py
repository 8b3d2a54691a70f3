"""Known sizes of hands, and the exact places that they give."""

import json

import numpy as np
import pytest

from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction import HandPredictor
from hand_geo_keras.prediction.hand_size import HandSize
from hand_geo_keras.prediction.joint_predictor import JointPredictor
from hand_geo_keras.prediction.keypoint_files import write_keypoints_json
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.hand_model import HandModel
from hand_geo_keras.synthetic.motion import random_motion
from tests.models.test_joint_encoder import tiny
from tests.prediction.test_fuse_readings import read

ADULT = 794.0


@pytest.fixture(scope="module")
def model():
    return PoseEstimator(tiny(), LiftHead(25))


def rendered_hands(count=6):
    """`[T, 21, 3]` world joints of the renderer's hand, larger than an average one."""
    rng = np.random.default_rng(0)
    hand, motion = HandModel(np.zeros(12), scale=1.15), random_motion(rng, count, 2)
    placed = zip(motion.poses, motion.rotations, motion.positions)
    return np.stack([hand.posed(p)[1] @ R.T + t for p, R, t in placed])


class PerfectReader:
    """Exact pixels and relative depths, at the size that the model gives every hand."""

    def __init__(self, joints):
        self.joints = list(joints)

    def read(self, images, cameras, regions, sides, passes=2):
        return [
            read(camera, joints, scale=ADULT / bone_lengths(joints).sum())
            for camera, joints in zip(cameras, self.joints)
        ]


def placed_hands(model, camera, joints, **size):
    predictor = JointPredictor(model, camera, **size)
    predictor.reader = PerfectReader([camera.to_camera(hand) for hand in joints])
    width, height = camera.resolution
    images = [np.zeros((height, width, 3), np.uint8)] * len(joints)
    return predictor(images, [(width / 2, height / 2, 80)] * len(joints))


@pytest.mark.parametrize("number", [0, 7, 19])
def test_rendered_hands_of_known_size_are_placed_exactly(model, number):
    joints, camera = rendered_hands(), dome_cameras()[number]
    length = float(bone_lengths(joints).sum(-1).mean())
    assert length > 1.1 * ADULT
    hands = placed_hands(model, camera, joints, bone_length_mm=length)
    for hand, truth in zip(hands, joints, strict=True):
        np.testing.assert_allclose(
            hand.camera_joints, camera.to_camera(truth), atol=0.5, rtol=1e-4
        )


def test_the_assumed_size_scales_the_distance(model):
    joints, camera = rendered_hands(), dome_cameras()[3]
    for hand, truth in zip(placed_hands(model, camera, joints), joints):
        factor = ADULT / bone_lengths(truth).sum()
        expected = camera.to_camera(truth) * factor
        np.testing.assert_allclose(hand.camera_joints, expected, rtol=1e-3, atol=0.5)


def test_scaling_by_either_measure():
    joints = rendered_hands(3)
    joints -= joints[:, :1]
    by_bones = HandSize(total_bone_length_mm=700.0).scaled(joints)
    np.testing.assert_allclose(bone_lengths(by_bones).sum(-1), 700)
    by_palm = HandSize(palm_mm=90.0).scaled(joints)
    np.testing.assert_allclose(np.linalg.norm(by_palm[:, 9], axis=-1), 90)
    np.testing.assert_array_equal(HandSize().scaled(joints), joints)


def test_models_without_named_points_are_scaled_too(tiny_model):
    predictor = HandPredictor(tiny_model, bone_length_mm=650.0)
    poses = predictor.poses(np.zeros((2, 32, 32, 3), np.uint8))
    np.testing.assert_allclose(bone_lengths(poses).sum(-1), 650)


@pytest.mark.parametrize(
    ("size", "match"),
    [
        ({"palm_mm": -1}, "`hand_size_mm` must be a positive length"),
        ({"total_bone_length_mm": np.inf}, "`bone_length_mm` must be a positive"),
        ({"palm_mm": 90, "total_bone_length_mm": 700}, "not both"),
    ],
)
def test_impossible_sizes_are_refused(size, match):
    with pytest.raises(ValueError, match=match):
        HandSize(**size)


def test_files_say_what_size_was_assumed(model, tmp_path):
    predictor = JointPredictor(model, dome_cameras()[0])
    size = predictor.hand_size.described(predictor.assumed_bone_length_mm)
    write_keypoints_json(tmp_path / "k.json", [], hand_size=size)
    written = json.loads((tmp_path / "k.json").read_text())["hand_size"]
    assert written == {
        "total_bone_length_mm": 794.0,
        "source": "assumed: an average adult",
    }
    given = HandSize(palm_mm=91.0).described(794.0)
    assert given == {"wrist_to_middle_knuckle_mm": 91.0, "source": "given"}
