"""The README's examples run as written, only shorter."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from hand_geo_keras.models import PoseEstimator, save_to_preset
from tests import zoo
from tests.scenarios.tiny_rig import make_rig

README = Path(__file__).resolve().parents[1] / "README.md"
SHORTER = (
    ("steps_per_epoch=100, epochs=8", "steps_per_epoch=1, epochs=1"),
    ("steps_per_epoch=100, epochs=6", "steps_per_epoch=1, epochs=1"),
    ("batch_size=8", "batch_size=1"),
    ('"auto"', "None"),  # without ImageNet weights, which need a download
)


def example(word):
    """The Python example of the README that holds a word."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (code,) = [block for block in blocks if word in block]
    return code


def run(code):
    variables = {}
    exec(compile(code, "README.md", "exec"), variables)
    return variables


def test_the_notebook_example_runs(tmp_path, monkeypatch):
    code = example("prepare_recording")
    for long, short in SHORTER:
        assert long in code
        code = code.replace(long, short)
    make_rig(tmp_path / "my_rig")
    monkeypatch.chdir(tmp_path)
    assert run(code)["joints_mm"].shape == (1, 21, 3)


def test_the_photo_example_runs(tmp_path, monkeypatch, capsys):
    code = example("predict_photo")
    assert len(code.splitlines()) <= 5
    model = PoseEstimator(zoo.unet_encoder(), zoo.pose_head())
    model.adapt(zoo.joints(12))
    save_to_preset(tmp_path / "runs" / "my_rig", model)
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("hand.jpg", np.full((90, 120, 3), 128, np.uint8))
    hand = run(code)["hand"]
    assert hand.joints.shape == (21, 3) and not hand.joints[0].any()
    assert hand.side == "left"
    assert cv2.imread("pose.png").shape == (90, 120, 3)
    assert "[" in capsys.readouterr().out


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#]+)\)", README.read_text()))
def test_linked_files_exist(path):
    assert path.startswith("http") or (README.parent / path).exists()
