"""Files that earlier versions wrote load, and answer as they did then."""

import json

import keras
import numpy as np
import pytest

from hand_geo_keras import __version__
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer
from tests import zoo
from tests.models.saved_formats.keep import FOLDER, outputs

KEPT = sorted(FOLDER.glob("*/*.keras"))
# Inputs are made anew from seeds, which `zoo` keeps.
INPUTS = {
    "compact_views": lambda: zoo.placed_quads(1),
    "unet_views": lambda: zoo.quads(1),
    "pose_head": lambda: zoo.labelled(2)[0],
    "named_points": lambda: zoo.with_scale(2),
}


def check(model, path):
    expected = np.load(path.with_suffix(".npz"))
    made = outputs(model, INPUTS[path.stem]())
    assert set(made) == set(expected)
    for name, values in made.items():
        # Processors convolve in different orders.
        np.testing.assert_allclose(values, expected[name], rtol=1e-3, atol=1e-3)


def test_this_version_is_kept():
    assert (FOLDER / __version__).is_dir()


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_keras_file(path):
    check(keras.saving.load_model(path), path)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_preset(path):
    kind = ViewSynthesizer if path.stem.endswith("views") else PoseEstimator
    check(kind.from_preset(path.with_suffix("")), path)


def test_preset_with_a_former_argument(tmp_path):
    """Synthesizers used to say themselves what kind of points their parts have."""
    folder = FOLDER / "0.1.0" / "compact_views"
    config = json.loads((folder / "config.json").read_text())
    config["view_synthesizer"]["points_in_crop"] = True
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "weights.npz").write_bytes((folder / "weights.npz").read_bytes())
    assert ViewSynthesizer.from_preset(tmp_path).points_in_crop
