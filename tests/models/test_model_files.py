"""`.keras` files that may hold anything."""

import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.models.model_files import load_model_file
from tests import zoo


@pytest.fixture
def path(tmp_path):
    zoo.semi_supervised().save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def edit(path, change=None, weights=None):
    """Rewrites a file with another configuration or other weights."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if change is not None:
        config = json.loads(files["config.json"])
        change(config)
        files["config.json"] = json.dumps(config)
    if weights is not None:
        other = path.with_name("weights.h5")
        other.write_bytes(files["model.weights.h5"])
        with h5py.File(other, "r+") as file:
            weights(file)
        files["model.weights.h5"] = other.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    "build", [zoo.view_synthesizer, zoo.pose_estimator, zoo.semi_supervised]
)
def test_own_models_load(tmp_path, build):
    model = build()
    model.compile("adam", loss="mse")
    model.save(tmp_path / "model.keras")
    again = load_model_file(tmp_path / "model.keras")
    for expected, received in zip(model.get_weights(), again.get_weights()):
        np.testing.assert_array_equal(received, expected)


def test_other_keras_models_are_refused(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(WeightsError, match="no model of this package"):
        load_model_file(tmp_path / "model.keras")


def in_head(key, value):
    def change(config):
        config["config"]["pose_head"]["config"][key] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda config: config.update(module="os", class_name="system"), "os.system"),
        (
            in_head("dtype", {"class_name": "Lambda"}),
            "Lambda",
        ),
        (in_head("num_points", 10**12), "of any model"),
        (in_head("hidden_units", [60000, 60000]), "numbers instead of"),
        (in_head("unknown", 1), "unknown is no argument of PoseHead"),
        (lambda config: config.clear(), "cannot be"),
        (lambda config: config.update(config=[]), "it is no argument"),
    ],
)
def test_harmful_configurations_are_refused(path, change, said):
    edit(path, change)
    with pytest.raises(WeightsError, match=said):
        load_model_file(path)


def first_dataset(file):
    names = []
    file.visititems(
        lambda name, item: (
            names.append(name) if isinstance(item, h5py.Dataset) else None
        )
    )
    return file[names[0]]


def not_finite(file):
    first_dataset(file)[...] = np.nan


def sparse(file):
    del file[first_dataset(file).name]
    file.create_dataset("sparse", (2**20, 2**20), "f4")


@pytest.mark.parametrize(
    ("weights", "said"), [(not_finite, "not finite"), (sparse, "sparse is not stored")]
)
def test_harmful_weights_are_refused(path, weights, said):
    edit(path, weights=weights)
    with pytest.raises(WeightsError, match=said):
        load_model_file(path)


def test_bombs_and_damage_are_refused(path, tmp_path):
    content = path.read_bytes()
    rng = np.random.default_rng(1)
    for cut in (0, 1, *rng.integers(0, len(content), 4)):
        path.write_bytes(content[:cut])
        with pytest.raises(WeightsError):
            load_model_file(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(2**28))
    with pytest.raises(WeightsError, match="would unpack to"):
        load_model_file(path)
