import pytest

from hand_geo_keras.scenarios.run_report import verdict


@pytest.mark.parametrize(
    ("model", "before", "after", "expected"),
    [
        ("fine_tuned", 30.0, 20.0, "The run's model is 10.0 mm better than hand_128."),
        (
            "fine_tuned",
            20.0,
            50.0,
            "The run's model is 30.0 mm worse than hand_128. Train hand_128 further "
            "instead (--methods tuned_joints --start=hand_128), or predict with "
            "hand_128 as it is.",
        ),
        (
            "tuned_joints",
            20.0,
            21.0,
            "The run's model is 1.0 mm worse than hand_128. Label more frames, of "
            "other poses, or predict with hand_128.",
        ),
        (
            "tuned_joints",
            23.62,
            23.64,
            "The run's model is as good as hand_128. Label more frames, of other "
            "poses, or predict with hand_128.",
        ),
    ],
)
def test_the_verdict_says_what_to_do(model, before, after, expected):
    errors = {"hand_128": before, model: after}
    metrics = {"before": "hand_128", "model": model, "n_mpjpe_mm": errors}
    assert verdict(metrics) == expected
