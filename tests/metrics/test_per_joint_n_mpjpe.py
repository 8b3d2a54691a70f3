import numpy as np
import pytest

from hand_geo_keras.metrics import NMPJPE, PerJointNMPJPE
from tests.metrics.poses import poses


def test_mean_over_joints_is_n_mpjpe():
    metric = PerJointNMPJPE()
    metric.update_state(poses(0), poses(1))
    assert metric.result().shape == (21,)
    expected = float(NMPJPE()(poses(0), poses(1)))
    assert np.mean(metric.result()) == pytest.approx(expected, rel=1e-5)


def test_error_of_one_joint_stays_there():
    prediction = poses(0)
    prediction[:, 8, 2] += 1.0
    metric = PerJointNMPJPE()
    metric.update_state(poses(0), prediction)
    assert np.argmax(metric.result()) == 8


def test_joint_that_is_never_valid_is_zero():
    valid = np.ones((6, 21), "float32")
    valid[:, 4] = 0.0
    metric = PerJointNMPJPE()
    metric.update_state(poses(0), poses(1), valid)
    assert metric.result()[4] == 0.0
    assert metric.result()[5] > 0.0
