import numpy as np
import pytest

from hand_geo_keras.evaluation import n_mpjpe_of_each, pose_errors


@pytest.fixture
def poses():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(6, 21, 3)).astype(np.float32) * 40
    truth[:, 0] = 0
    return truth, truth + rng.normal(size=truth.shape).astype(np.float32) * 5


def test_errors_agree_among_themselves(poses):
    truth, predicted = poses
    valid = np.ones((6, 21), bool)
    errors = pose_errors(truth, predicted, valid)
    each = n_mpjpe_of_each(truth, predicted, valid)
    assert errors["n_mpjpe_mm"] == pytest.approx(each.mean(), rel=1e-4)
    joints = list(errors["per_joint_n_mpjpe_mm"].values())
    assert errors["n_mpjpe_mm"] == pytest.approx(np.mean(joints), rel=1e-4)
    fingers = list(errors["per_finger_n_mpjpe_mm"].values())
    assert np.mean(fingers) == pytest.approx(np.mean(joints[1:]), rel=1e-4)


def test_scale_and_invalid_joints_do_not_count(poses):
    truth, _ = poses
    valid = np.ones((6, 21), bool)
    valid[:, 7] = False
    predicted = 1.3 * truth
    predicted[:, 7] = 1e3
    errors = pose_errors(truth, predicted, valid)
    assert errors["n_mpjpe_mm"] == pytest.approx(0, abs=1e-3)
    assert n_mpjpe_of_each(truth, predicted, valid) == pytest.approx(0, abs=1e-3)
    assert errors["mpjpe_mm"] > 10
