"""Tests of loading pose models."""

import keras
import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.models import PoseEstimator
from hand_geo_keras.prediction import load_pose_model
from hand_geo_keras.prediction.pose_model import crop_size_of


def test_models_files_and_run_folders(tiny_model, tmp_path):
    assert load_pose_model(tiny_model) is tiny_model
    assert crop_size_of(tiny_model) == 32
    tiny_model.save(tmp_path / "model.keras")
    image = {"image": np.zeros((1, 32, 32, 3), np.uint8)}
    for path in (tmp_path, str(tmp_path / "model.keras")):
        np.testing.assert_allclose(load_pose_model(path)(image), tiny_model(image))


def test_what_is_no_pose_model(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.keras").write_bytes(b"PK\x03\x04")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(
        tmp_path / "other.keras"
    )
    for name, match in (
        ("empty", "holds no model.keras"),
        ("absent.keras", "there is no such file"),
        ("cut.keras", "cannot be loaded"),
        ("other.keras", "no model of this package"),
    ):
        with pytest.raises(WeightsError, match=match) as error:
            load_pose_model(tmp_path / name)
        assert name in str(error.value)


def test_presets_by_name_and_folder(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(
        PoseEstimator, "from_preset", lambda name: (name, tiny_model), raising=False
    )
    (tmp_path / "config.json").touch()
    assert load_pose_model("compact_64") == ("compact_64", tiny_model)
    assert load_pose_model(tmp_path) == (str(tmp_path), tiny_model)
