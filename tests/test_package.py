"""What an installation holds beside the code: presets, assets, pages."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras.models import PoseEstimator, ViewSynthesizer, save_to_preset
from hand_geo_keras.preset_folders import SHIPPED, shipped_presets
from tests import zoo

ROOT = Path(__file__).resolve().parents[1]
LOAD = """
import numpy as np
from hand_geo_keras.models import PoseEstimator
joints = PoseEstimator.from_preset("stand_in").predict(
    {"image": np.zeros((1, 16, 16, 3), "uint8")}, verbose=0
)
assert joints.shape == (1, 21, 3)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The files that an installation copies, with a stand-in preset among them."""
    pytest.importorskip("setuptools")
    project = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "hand_geo_keras", project / "hand_geo_keras", ignore=ignored)
    for name in ("setup.py", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project)
    preset = project / "hand_geo_keras" / "models" / "trained" / "stand_in"
    synthesizer = zoo.view_synthesizer()
    poses = PoseEstimator(synthesizer.encoder, zoo.pose_head())
    save_to_preset(preset, synthesizer, poses)
    (preset / "MODEL_CARD.md").write_text("# stand_in\n")
    command = [sys.executable, "setup.py", "-q", "build", "--build-lib=installed"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    return project / "installed"


def test_presets_are_installed_whole(installed):
    preset = installed / "hand_geo_keras" / "models" / "trained" / "stand_in"
    names = {path.name for path in preset.iterdir()}
    assert names == {"config.json", "weights.npz", "MODEL_CARD.md"}


def test_an_installed_preset_is_found_by_its_name(installed):
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    run = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=installed,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]


@pytest.mark.parametrize(
    "file",
    [
        "synthetic/assets/hand.npz",
        "datasets/panoptic_hands/CITATIONS.bib",
        "viewer/live/static/index.html",
        "viewer/page/static/index.html",
        "viewer/shared/static/ask.js",
    ],
)
def test_other_files_are_installed(installed, file):
    assert (installed / "hand_geo_keras" / file).is_file()


@pytest.mark.parametrize("name", shipped_presets())
def test_shipped_presets_are_small_and_predict(name):
    files = list((SHIPPED / name).iterdir())
    assert sum(file.stat().st_size for file in files) < 5_000_000
    assert (SHIPPED / name / "MODEL_CARD.md").read_text().startswith(f"# {name}\n")
    model = PoseEstimator.from_preset(name)
    size = model.encoder.image_size
    assert model({"image": np.zeros((1, size, size, 3))}).shape == (1, 21, 3)
    if "decoder" in json.loads((SHIPPED / name / "config.json").read_text()):
        assert ViewSynthesizer.from_preset(name).encoder.image_size == size
