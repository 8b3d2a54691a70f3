import numpy as np
import pytest

from hand_geo_keras.metrics import NMPJPE
from tests.metrics.poses import best_scale, distances, poses


def test_equals_a_brute_force_scale_search():
    truth, prediction = poses(0), 0.3 * poses(0) + 0.2 * poses(1)
    errors = [
        distances(g, best_scale(g, p) * p).mean() for g, p in zip(truth, prediction)
    ]
    assert float(NMPJPE()(truth, prediction)) == pytest.approx(
        np.mean(errors), rel=1e-4
    )


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_scale_is_free(scale):
    assert float(NMPJPE()(poses(0), scale * poses(0))) == pytest.approx(0.0, abs=1e-3)


def test_rotation_and_translation_are_not_free():
    rotated = poses(0)[..., [1, 0, 2]]
    assert float(NMPJPE()(poses(0), rotated)) > 10.0
    assert float(NMPJPE()(poses(0), poses(0) + 20.0)) > 10.0


def test_scale_is_fitted_to_valid_joints_only():
    valid = np.ones((6, 21), "float32")
    valid[:, 5:] = 0.0
    prediction = 2.0 * poses(0)
    prediction[:, 5:] = 1e5
    assert float(NMPJPE()(poses(0), prediction, valid)) == pytest.approx(0.0, abs=1e-3)


def test_prediction_of_all_zeros_is_finite():
    expected = np.linalg.norm(poses(0), axis=-1).mean()
    value = float(NMPJPE()(poses(0), 0 * poses(0)))
    assert value == pytest.approx(expected, rel=1e-5)
