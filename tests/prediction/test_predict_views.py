"""Tests of predicting from several views."""

import numpy as np
import pytest

from hand_geo_keras.geometry import square_box, virtual_camera
from hand_geo_keras.prediction import HandPredictor, predict_recording, predict_views
from hand_geo_keras.recordings.rig_labels import read_hands3d
from tests.prediction.conftest import SIZE, Oracle, make_camera
from tests.recordings.rig_check.conftest import MemoryRig

IMAGE = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)


@pytest.fixture
def cameras():
    return [make_camera(name, angle) for name, angle in (("a", -0.6), ("b", 0.5))]


def perfect(cameras, joints):
    """Boxes of the joints, and the poses of a perfect model."""
    boxes = [square_box(camera.project(joints), 0.4) for camera in cameras]
    crops = [virtual_camera(camera, box, 32) for camera, box in zip(cameras, boxes)]
    return boxes, [(joints - joints[0]) @ crop.R.T for crop in crops]


@pytest.mark.parametrize("count", [1, 2])
def test_perfect_views_give_the_joints_in_the_world(cameras, joints, count):
    boxes, poses = perfect(cameras[:count], joints)
    predictor = HandPredictor(Oracle(poses))
    found = predict_views(predictor, cameras[:count], [IMAGE] * count, boxes)
    np.testing.assert_allclose(found, joints, atol=0.1)


def test_no_view():
    with pytest.raises(ValueError, match="at least one view"):
        predict_views(HandPredictor(Oracle([])), [], [], [])


class BoxedRig(MemoryRig):
    """A rig of black frames with boxes for both cameras, one or none."""

    given = None

    def boxes(self, camera_name, frame):
        return self.given.get((camera_name, frame))


def test_a_recording(joints, tmp_path):
    sized = [make_camera(n, a, size=(64, 48)) for n, a in (("a", -0.6), ("b", 0.5))]
    boxes, poses = perfect(sized, joints)
    rig = BoxedRig(sized, {}, num_frames=4)
    rig.given = {("a", 0): boxes[0], ("b", 0): boxes[1], ("b", 2): boxes[1]}
    model = Oracle([*poses, poses[1]])
    hands, skipped = predict_recording(
        model, rig, out_file=tmp_path / "out" / "world.json", progress=False
    )
    assert list(hands) == [0, 2]
    assert skipped == {"no hand box in any view": 2}
    np.testing.assert_allclose(hands[0], joints, atol=0.1)
    np.testing.assert_allclose(hands[2], joints, atol=0.1)
    (written,) = read_hands3d(tmp_path / "out" / "world.json", "me")[2]
    np.testing.assert_allclose(written.joints, hands[2], atol=1e-3)


def test_a_detector_fills_in(joints):
    sized = [make_camera(n, a, size=(64, 48)) for n, a in (("a", -0.6), ("b", 0.5))]
    boxes, poses = perfect(sized, joints)
    rig = MemoryRig(sized, {}, num_frames=1)
    found = {"a": boxes[0], "b": boxes[1]}
    hands, _ = predict_recording(
        Oracle(poses), rig, lambda camera, image: found[camera.name], progress=False
    )
    np.testing.assert_allclose(hands[0], joints, atol=0.1)
