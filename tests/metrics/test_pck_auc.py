import numpy as np
import pytest

from hand_geo_keras.metrics import PCKAUC
from tests.metrics.poses import distances, poses


def test_curve_is_the_fraction_within_each_threshold():
    metric = PCKAUC(max_threshold=60.0, num_thresholds=13)
    metric.update_state(poses(0), poses(1))
    errors = distances(poses(0), poses(1))
    expected = [(errors <= threshold).mean() for threshold in np.linspace(0, 60, 13)]
    np.testing.assert_allclose(metric.curve(), expected, atol=1e-6)
    area = np.trapezoid(expected, np.linspace(0, 60, 13)) / 60.0
    assert float(metric.result()) == pytest.approx(area, rel=1e-5)


def test_perfect_and_hopeless_predictions():
    assert float(PCKAUC()(poses(0), poses(0))) == pytest.approx(1.0)
    assert float(PCKAUC()(poses(0), poses(0) + 1000.0)) == pytest.approx(0.0)


def test_alignment_is_taken_before_distances():
    assert float(PCKAUC(alignment="scale")(poses(0), 9 * poses(0))) > 0.98
    assert float(PCKAUC()(poses(0), 9 * poses(0))) < 0.5


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_thresholds": 1}, "num_thresholds=1"),
        ({"alignment": "best"}, "alignment='best'"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        PCKAUC(**arguments)
