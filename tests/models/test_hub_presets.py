"""Presets from the Hugging Face Hub, of which a stand-in runs on this machine."""

import os
import subprocess
import sys

import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.hub_presets import fetch_from_hub, is_hub_handle
from hand_geo_keras.models import PoseEstimator, save_to_preset
from tests import zoo
from tests.models.hub_site import serve

NEEDS_CLIENT = "needs huggingface_hub (extra `hub`)"
LOAD = """
import sys
import numpy as np
from hand_geo_keras.prediction.compiled_model import compiled_model
crops = np.zeros((1, 16, 16, 3), "uint8")
np.save(sys.argv[1], compiled_model("hf://me/hands").poses(crops))
"""


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset")
    save_to_preset(folder, zoo.pose_estimator())
    return folder


def load(url, cache, file, **environment):
    """A process whose Hub is at `url` loads a preset and predicts with it."""
    home = {"HF_ENDPOINT": url, "HF_HOME": str(cache), "HF_HUB_ETAG_TIMEOUT": "1"}
    return subprocess.run(
        [sys.executable, "-c", LOAD, str(file)],
        env={**os.environ, **home, **environment},
        capture_output=True,
        text=True,
    )


def test_a_preset_is_downloaded_once_and_loads_offline_afterwards(preset, tmp_path):
    pytest.importorskip("huggingface_hub", reason=NEEDS_CLIENT)
    files = {path.name: path.read_bytes() for path in preset.iterdir()}
    files["model.py"] = b"raise SystemExit('this must never be run')"
    with serve({"me/hands": files}) as site:
        first = load(site.url, tmp_path / "hub", tmp_path / "first.npy")
        assert first.returncode == 0, first.stderr[-2000:]
        asked = [path for path in site.requests if "/resolve/" in path]
        assert any("weights.npz" in path for path in asked)
        assert not any("model.py" in path for path in asked)
        url = site.url
    again = load(url, tmp_path / "hub", tmp_path / "again.npy")
    assert again.returncode == 0, again.stderr[-2000:]
    assert (tmp_path / "first.npy").read_bytes() == (
        tmp_path / "again.npy"
    ).read_bytes()


def test_no_network_and_no_copy_is_one_sentence(tmp_path):
    pytest.importorskip("huggingface_hub", reason=NEEDS_CLIENT)
    ran = load("http://127.0.0.1:9", tmp_path, tmp_path / "a.npy", HF_HUB_OFFLINE="1")
    last = ran.stderr.strip().splitlines()[-1]
    assert "WeightsError: hf://me/hands: cannot be downloaded (" in last
    assert last.endswith("check the name and the network.")


def test_a_preset_that_does_harm_is_refused(preset, tmp_path):
    pytest.importorskip("huggingface_hub", reason=NEEDS_CLIENT)
    files = {path.name: path.read_bytes() for path in preset.iterdir()}
    files["config.json"] = files["config.json"].replace(b'"PoseHead"', b'"system"')
    with serve({"me/hands": files}) as site:
        ran = load(site.url, tmp_path / "hub", tmp_path / "a.npy")
    assert "which is no model of this package" in ran.stderr


def test_a_repository_of_something_else(monkeypatch, tmp_path):
    hub = pytest.importorskip("huggingface_hub", reason=NEEDS_CLIENT)
    monkeypatch.setattr(hub, "snapshot_download", lambda *_, **__: str(tmp_path))
    with pytest.raises(WeightsError, match=r"hf://me/other: holds no config\.json"):
        PoseEstimator.from_preset("hf://me/other")


def test_a_revision_is_passed_on(monkeypatch, preset):
    hub = pytest.importorskip("huggingface_hub", reason=NEEDS_CLIENT)
    asked = []

    def download(repository, revision, allow_patterns):
        asked.append((repository, revision, allow_patterns))
        return str(preset)

    monkeypatch.setattr(hub, "snapshot_download", download)
    assert fetch_from_hub("hf://me/hands@v2") == preset
    assert asked == [("me/hands", "v2", ["config.json", "weights.npz"])]


@pytest.mark.parametrize("handle", ["hf://me", "hf://", "hf://a/b/c", "hf:///b"])
def test_malformed_handles(handle):
    assert is_hub_handle(handle)
    with pytest.raises(WeightsError, match="hf://<user>/<repository>"):
        PoseEstimator.from_preset(handle)


def test_without_the_client(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(WeightsError, match="extra 'hub'"):
        fetch_from_hub("hf://me/hands")
