"""`hand-geo live` with a video as camera."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.cli import main
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction import hand_search
from tests.models.test_joint_encoder import tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.keras"
    PoseEstimator(tiny(), LiftHead(25)).save(path)
    return path


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (96, 72))
    rng = np.random.default_rng(0)
    for _ in range(6):
        writer.write(rng.integers(0, 256, (72, 96, 3), dtype=np.uint8))
    writer.release()
    return path


def test_a_video_is_followed_and_the_budget_printed(model, video, monkeypatch, capsys):
    monkeypatch.setattr(hand_search, "_score", lambda *of: np.ones_like(of[0]))
    arguments = ["live", str(video), f"--model={model}", "--no-browser"]
    assert main([*arguments, "--max_frames=2"]) == 0
    printed = capsys.readouterr().out
    assert "http://127.0.0.1:" in printed and "2 frames, " in printed
    for stage in ("decode", "wait", "network", "smooth", "overlay", "show", "total"):
        assert f"\n{stage}" in printed


def test_bad_input_is_one_line(model, boxed_preset, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    absent = str(tmp_path / "absent.mp4")
    command = ["live", absent, f"--model={model}", "--no-browser"]
    for extra, match in (
        ([], "absent.mp4: cannot be opened"),
        (["--port=70000"], "--port must be"),
        (["--smoothing=a,b"], "--smoothing must be"),
        ([f"--model={boxed_preset}"], "finds no hands by itself"),
    ):
        assert main([*command, *extra]) == 2
        assert match in capsys.readouterr().err
