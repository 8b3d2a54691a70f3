import numpy as np
import pytest

from hand_geo_keras.metrics import PAMPJPE
from tests import zoo
from tests.metrics.poses import best_similarity, distances, poses


def test_similarity_is_free():
    moved = 3.0 * poses(0) @ zoo.rotations(6).transpose(0, 2, 1) + 50.0
    assert float(PAMPJPE()(poses(0), moved)) == pytest.approx(0.0, abs=1e-2)


def test_reflection_is_not_free():
    mirrored = poses(0) * np.array([-1.0, 1.0, 1.0], "float32")
    assert float(PAMPJPE()(poses(0), mirrored)) > 5.0


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_equals_a_numerical_search(mirror):
    truth = poses(0, 3)
    prediction = poses(0, 3) * np.array([mirror, 1.0, 1.0]) + 0.5 * poses(1, 3)
    errors = [
        distances(g, best_similarity(g, p)).mean() for g, p in zip(truth, prediction)
    ]
    value = float(PAMPJPE()(truth, prediction.astype("float32")))
    assert value == pytest.approx(np.mean(errors), rel=1e-3)


def test_alignment_uses_valid_joints_only():
    valid = np.ones((6, 21), "float32")
    valid[:, 10:] = 0.0
    prediction = 0.5 * poses(0) @ zoo.rotations(6).transpose(0, 2, 1) - 7.0
    prediction[:, 10:] = 1e4
    value = float(PAMPJPE()(poses(0), prediction.astype("float32"), valid))
    assert value == pytest.approx(0.0, abs=1e-2)
