"""Tests of finding both halves of a model, and of the samples."""

import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError, WeightsError
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer, save_to_preset
from hand_geo_keras.viewer.page import load_samples, load_view_model, render_samples
from tests import zoo


def test_runs_files_and_presets(tmp_path):
    synthesizer = zoo.view_synthesizer()
    run = tmp_path / "my_rig"
    run.mkdir()
    synthesizer.save(run / "view_synthesizer.keras")
    assert load_view_model(run).pose_model is None
    pose = PoseEstimator(synthesizer.encoder, zoo.pose_head())
    pose.save(run / "model.keras")
    model = load_view_model(run)
    assert model.name == "my_rig" and isinstance(model.pose_model, PoseEstimator)
    model = load_view_model(run / "model.keras")
    assert isinstance(model.synthesizer, ViewSynthesizer) and model.pose_model
    preset = tmp_path / "preset"
    save_to_preset(preset, synthesizer, pose)
    assert load_view_model(preset).pose_crop_size == zoo.SIZE


def test_what_synthesizes_no_views(tmp_path):
    zoo.pose_estimator().save(tmp_path / "supervised.keras")
    with pytest.raises(WeightsError, match="synthesizes no views"):
        load_view_model(tmp_path / "supervised.keras")
    with pytest.raises(WeightsError, match="holds no view_synthesizer"):
        load_view_model(tmp_path)
    with pytest.raises(WeightsError, match="there is no such file"):
        load_view_model(tmp_path / "absent.keras")


def test_rendered_samples_show_a_hand_before_its_background():
    first, second = render_samples(2, size=32)
    assert first.image.shape == first.background.shape == (32, 32, 3)
    change = np.abs(first.image.astype(int) - first.background).max(-1)
    assert change[12:20, 12:20].mean() > 3 * np.median(change[:3])
    assert (first.image != second.image).any()


def test_folders_without_samples(tmp_path):
    with pytest.raises(DatasetError, match="holds no prepared instants"):
        load_samples(tmp_path)
