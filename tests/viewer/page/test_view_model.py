"""Tests of finding both halves of a model, and of the samples."""

import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError, WeightsError
from hand_geo_keras.models import (
    LiftHead,
    PoseEstimator,
    ViewSynthesizer,
    save_to_preset,
)
from hand_geo_keras.viewer.page import (
    ViewModel,
    load_samples,
    load_view_model,
    render_samples,
)
from tests import zoo
from tests.models.test_joint_encoder import tiny


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
    model = load_view_model(preset)
    assert model.synthesizer and model.pose_model and not model.finds_hands


def test_what_synthesizes_no_views_predicts_poses(tmp_path):
    zoo.pose_estimator().save(tmp_path / "model.keras")
    for path in (tmp_path, tmp_path / "model.keras"):
        model = load_view_model(path)
        assert model.synthesizer is None and isinstance(model.pose_model, PoseEstimator)


def test_the_shipped_model_finds_hands_and_decodes_views():
    model = load_view_model("hand_128")
    assert model.finds_hands and model.synthesizer and model.crop_size == 128


def test_a_preset_without_decoder(tmp_path):
    save_to_preset(tmp_path / "preset", PoseEstimator(tiny(), LiftHead(25)))
    model = load_view_model(tmp_path / "preset")
    assert model.finds_hands and model.synthesizer is None and model.crop_size == 32


def test_what_is_no_model(tmp_path):
    zoo.view_decoder().save(tmp_path / "decoder.keras")
    with pytest.raises(WeightsError, match="neither synthesizes views nor predicts"):
        load_view_model(tmp_path / "decoder.keras")
    with pytest.raises(ValueError, match="a synthesizer or a pose model"):
        ViewModel("nothing")
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
