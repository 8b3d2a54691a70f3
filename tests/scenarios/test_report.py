import base64

from hand_geo_keras.scenarios.report import report_page

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
        "table": (["annotations", "fine_tuned"], [["64 (64)", "**31.2**"]]),
        "figures": {"A figure": tmp_path / "a.png"},
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
