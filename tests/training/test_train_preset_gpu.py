"""The preset's training on JAX, where that is installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hand_geo_keras.models import PoseEstimator

_SCRIPT = Path(__file__).parents[2] / "examples" / "train_preset_gpu.py"


def test_trains_on_hands_rendered_meanwhile(tmp_path):
    pytest.importorskip("jax", reason="training on JAX needs `pip install jax`")
    flags = {
        "minutes": 0.01,
        "widths": "16,16,16,16,16",
        "blocks": "0,0,0,0,0",
        "batch_size": 8,
        "capacity": 256,
        "first_views": 128,
        "held_out": 128,
        "workers": 1,
        "chunks": tmp_path / "chunks",
        "out_dir": tmp_path / "run",
    }
    done = subprocess.run(
        [sys.executable, _SCRIPT, *(f"--{name}={v}" for name, v in flags.items())],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "held out: {'n_mpjpe'" in done.stdout
    log = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert log[0].startswith("seconds,step,passes") and len(log) >= 2
    model = PoseEstimator.from_preset(str(tmp_path / "run" / "preset"))
    assert model.encoder.widths == (16,) * 5


def test_says_which_backend_it_needs(tmp_path):
    pytest.importorskip("jax", reason="training on JAX needs `pip install jax`")
    done = subprocess.run(
        [sys.executable, _SCRIPT, f"--out_dir={tmp_path}"],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "KERAS_BACKEND=jax" in done.stdout + done.stderr
