import numpy as np
import pytest

from hand_geo_keras.metrics import MPJPE, NMPJPE, PAMPJPE, PCKAUC, PerJointNMPJPE
from tests.metrics.poses import distances, poses


def test_known_offset():
    assert float(MPJPE()(poses(0), poses(0) + [0.0, 3.0, 4.0])) == pytest.approx(5.0)


def test_is_the_mean_over_all_joints_of_all_batches():
    metric = MPJPE()
    metric.update_state(poses(0, 2), poses(1, 2))
    metric.update_state(poses(2, 5), poses(3, 5))
    expected = np.concatenate(
        [distances(poses(0, 2), poses(1, 2)), distances(poses(2, 5), poses(3, 5))]
    ).mean()
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)


def test_invalid_joints_and_samples_do_not_count():
    truth, prediction = poses(0), poses(1)
    valid = np.ones((6, 21), "float32")
    valid[0, 3:9] = 0.0
    valid[4] = 0.0
    prediction[0, 3:9] = 1e6
    expected = distances(truth, prediction)[valid > 0].mean()
    assert float(MPJPE()(truth, prediction, valid)) == pytest.approx(expected, rel=1e-5)
    per_sample = np.array([1, 0, 1, 0, 0, 1], "float32")
    expected = distances(truth, poses(1))[per_sample > 0].mean()
    value = float(MPJPE()(truth, poses(1), per_sample))
    assert value == pytest.approx(expected, rel=1e-5)


def test_nothing_seen_is_zero():
    assert float(MPJPE().result()) == 0.0


@pytest.mark.parametrize("metric", [MPJPE, NMPJPE, PAMPJPE, PCKAUC, PerJointNMPJPE])
def test_unknown_coordinates_of_joints_that_do_not_count_change_nothing(metric):
    truth, prediction = poses(0), poses(1)
    valid = np.ones((6, 21), "float32")
    valid[0, 3:9] = valid[4] = 0.0
    known = np.asarray(metric()(truth, prediction, valid))
    truth[valid == 0] = np.nan
    prediction[0, 3] = np.inf
    np.testing.assert_allclose(metric()(truth, prediction, valid), known, rtol=1e-6)


def test_weights_of_another_rank_are_refused():
    with pytest.raises(ValueError, match=r"\[B, J\] or \[B\].*\(6, 21, 1\)"):
        MPJPE()(poses(0), poses(1), np.ones((6, 21, 1)))
