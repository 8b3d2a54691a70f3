from unittest import mock

import numpy as np
import pytest

from hand_geo_keras.evaluation.pose_groups import ImageGroup
from hand_geo_keras.scenarios import run_report
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


def test_an_example_has_the_error_of_its_image(monkeypatch):
    truth = np.random.default_rng(0).normal(0, 30, (3, 21, 3)).astype("float32")
    poses = truth * [[[1.0, 1.0, 1.0]], [[1.0, 1.0, 0.5]], [[0.2, 1.0, 1.0]]]
    part = mock.Mock(poses=truth, valid=np.ones((3, 21), bool))
    monkeypatch.setattr(run_report, "_image", lambda *arguments: arguments[-2:])
    group = ImageGroup(
        "open", 3, n_mpjpe_mm=12.0, pa_mpjpe_mm=9.0, annotated=1, trained=2, example=0
    )
    errors = run_report.n_mpjpe_of_each(part.poses, poses, part.valid)
    shown = run_report._examples(part, poses, [group], errors)
    assert shown == [("open", "0.0 mm")]
