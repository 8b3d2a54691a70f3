import base64

import pytest

from hand_geo_keras.scenarios.report import ReportFigure, report_page
from hand_geo_keras.scenarios.report_text import curve_in_words, what_was_learned

RESULT = {
    "configuration": "fine_tuned",
    "annotations": 64,
    "seed": 0,
    "train_seconds": 12.3,
    "test": {
        "n_mpjpe_mm": 31.25,
        "mpjpe_mm": 33.0,
        "pa_mpjpe_mm": 15.0,
        "pck_auc": 0.5,
        "per_joint_n_mpjpe_mm": {"wrist": 0.0, "thumb_tip": 40.0},
        "per_finger_n_mpjpe_mm": {"thumb": 35.5},
    },
}


def page(tmp_path, **changes):
    (tmp_path / "a.png").write_bytes(b"image")
    arguments = {
        "title": "Grid <mini>",
        "tables": {
            "N-MPJPE": (["annotations", "fine_tuned"], [["64 (64)", "**31.2**"]])
        },
        "figures": [
            ReportFigure("A figure", tmp_path / "a.png", "What it shows.", True)
        ],
        "results": [RESULT],
        "encoders": [],
        "runs": [
            {"command": "python x.py", "seconds": {"total": 90, "preparation": 30}}
        ],
        "metadata": {"features": "ImageNet"},
    }
    return report_page(**{**arguments, **changes})


def test_everything_is_on_the_page(tmp_path):
    text = page(tmp_path)
    assert base64.b64encode(b"image").decode() in text
    for part in ("31.25", "35.5", "thumb tip", "python x.py", "1.5 min", "ImageNet"):
        assert part in text
    assert '<td class="best">31.2</td>' in text
    assert "<figcaption>What it shows. Scroll" in text


def test_text_is_escaped(tmp_path):
    text = page(tmp_path)
    assert "Grid &lt;mini&gt;" in text and "<mini>" not in text


def test_encoders_without_a_validation_subject_are_listed(tmp_path):
    result = {
        "configuration": "plain",
        "seed": 0,
        "steps": 7,
        "train_seconds": 120,
        "psnr_foreground_db": {"train": 18.4},
    }
    text = page(tmp_path, encoders=[result])
    assert "plain, seed 0" in text and "18.4" in text and "2.0" in text


def test_results_of_other_machines_have_no_fingers(tmp_path):
    test = {k: v for k, v in RESULT["test"].items() if not k.startswith("per_")}
    text = page(tmp_path, results=[RESULT, {**RESULT, "seed": 1, "test": test}])
    assert text.count("<td>35.5</td>") == 1
    assert "per finger" not in page(tmp_path, results=[{**RESULT, "test": test}])


def test_it_fits_a_phone(tmp_path):
    text = page(tmp_path, texts=["One <thing>."])
    assert 'name="viewport"' in text and "<li>One &lt;thing&gt;.</li>" in text
    assert text.count("<table>") == text.count('" tabindex="0"><table>')
    assert 'class="scroll" tabindex="0"><img' in text


@pytest.mark.parametrize(
    ("n", "pa", "orientation", "articulation"),
    [
        (25, 15, "25.0 mm better", "6.5 mm better, so the articulation of the fingers"),
        (25, 20, "25.0 mm better", "orientation is learned, the articulation of the"),
        (25, 30, "25.0 mm better", "worse (30.0 mm)"),
        (49, 22, "not clearly better", "so the articulation of the fingers is not"),
    ],
)
def test_what_was_learned_and_what_not(n, pa, orientation, articulation):
    test = {"n_mpjpe_mm": n, "pa_mpjpe_mm": pa}
    first, second, third = what_was_learned({**RESULT, "test": test}, 50, 21.5)
    assert f"N-MPJPE {n:.1f} mm, PA-MPJPE {pa:.1f} mm" in first
    assert orientation in second and articulation in third


def test_baselines_that_were_not_measured_are_not_made_up():
    _, second, third = what_was_learned(RESULT)
    assert "was not measured" in second and "was not measured" in third


def test_one_point_is_no_curve():
    assert (
        "(64)" in curve_in_words(iter([64, 64])) and curve_in_words([64, 320]) is None
    )
