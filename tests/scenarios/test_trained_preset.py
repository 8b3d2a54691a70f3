"""Presets from the folders that a grid leaves, with models of test size."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.evaluation import METRICS
from hand_geo_keras.io import write_json
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer
from hand_geo_keras.scenarios import trained_preset
from hand_geo_keras.scenarios.trained_preset import make_trained_preset
from tests import zoo

IMAGES = zoo.images(2)
COMMAND = "python examples/run_scenarios.py --profile=mini"
CELL = {"configuration": "fine_tuned", "budget": "64", "annotations": 64, "seed": 1}


def write_job(folder, settings, result):
    folder.mkdir(parents=True)
    write_json(folder / "job.json", {"settings": {"data": "f00d" * 16, **settings}})
    write_json(folder / "result.json", result)
    return folder


def new_pose_model(encoder):
    model = PoseEstimator(encoder, zoo.pose_head())
    model.adapt(zoo.joints(12))
    return model


@pytest.fixture
def grid(tmp_path):
    """A grid's folder with an encoder and a cell whose head is on that encoder."""
    out_dir = tmp_path / "grid"
    result = {
        "psnr_foreground_db": {"train": 21.25, "validation": 18.75},
        "steps": 900,
        "train_seconds": 123.4,
        "features": "no features, pixels only",
    }
    encoder = write_job(out_dir / "encoders" / "augmented_s1", {"seed": 1}, result)
    synthesizer = zoo.view_synthesizer()
    synthesizer.save(encoder / "view_synthesizer.keras")
    errors = dict.fromkeys(METRICS, 0.5)
    test, validation = {**errors, "n_mpjpe_mm": 31.25}, {**errors, "n_mpjpe_mm": 30.75}
    result = {**CELL, "validation": validation, "test": test}
    cell = write_job(out_dir / "cells" / "fine_tuned_64_s1", CELL, result)
    new_pose_model(synthesizer.encoder).save(cell / "model.keras")
    write_json(out_dir / "runs.json", {"runs": [{"command": COMMAND}] * 2})
    (out_dir / "results.csv").write_text(
        "dataset,configuration,budget,seed,commit\n"
        "synthetic_mini,supervised,64,1,wrong\n"
        "synthetic_mini,fine_tuned,64,1,abc123\n"
    )
    return encoder, cell


def test_a_preset_predicts_what_the_cells_model_predicts(grid, tmp_path):
    encoder, cell = grid
    sizes = make_trained_preset(tmp_path / "mine", encoder, cell)
    assert set(sizes) == {path.name for path in (tmp_path / "mine").iterdir()}
    model = trained_preset.load_model_file(cell / "model.keras")
    again = PoseEstimator.from_preset(tmp_path / "mine")
    wanted, found = (np.asarray(m({"image": IMAGES})) for m in (model, again))
    np.testing.assert_allclose(found, wanted, atol=0.02 * np.abs(wanted).max())
    views = trained_preset.load_model_file(encoder / "view_synthesizer.keras")
    latents = ViewSynthesizer.from_preset(tmp_path / "mine").encode(IMAGES)["latent_3d"]
    np.testing.assert_allclose(latents, views.encode(IMAGES)["latent_3d"], atol=5e-3)


def test_the_card_takes_every_figure_from_the_grids_files(grid, tmp_path):
    write_json(
        tmp_path / "dataset.json",
        {"name": "synthetic_mini", "subjects": {"train": ["S0", "S1"], "test": ["S9"]}},
    )
    make_trained_preset(tmp_path / "mine", *grid, tmp_path, command="python make.py")
    card = (tmp_path / "mine" / "MODEL_CARD.md").read_text()
    assert card.startswith("# mine\n")
    assert "`fine_tuned` with 64 annotated images, seed 1" in card
    assert "| test | 31.25 | 0.50 | 0.50 | 0.50 |" in card
    assert "| validation | 30.75 |" in card
    assert "21.25 dB (train), 18.75 dB (validation); 900 steps in 123 s" in card
    assert "Subjects for train: S0, S1. Subjects for test: S9." in card
    assert "f00d" in card and "Code: abc123." in card
    assert card.count(COMMAND) == 1 and "python make.py" in card
    assert "rendered hands only" in card and "left ones" in card


def test_a_cells_own_view_synthesizer_comes_first(grid, tmp_path):
    """As a fine-tuned cell keeps it: the encoder's no longer fits its model."""
    encoder, cell = grid
    further = zoo.view_synthesizer(background_mode="concat")
    further.save(cell / "view_synthesizer.keras")
    new_pose_model(further.encoder).save(cell / "model.keras")
    for given in (encoder, None):
        make_trained_preset(tmp_path / "mine", given, cell)
        config = json.loads((tmp_path / "mine" / "config.json").read_text())
        assert config["decoder"]["config"]["background_mode"] == "concat"


def test_two_encoders_are_refused(grid, tmp_path):
    encoder, cell = grid
    new_pose_model(zoo.unet_encoder()).save(cell / "model.keras")
    with pytest.raises(WeightsError, match="is not that of the view synthesizer"):
        make_trained_preset(tmp_path / "mine", encoder, cell)
    assert not (tmp_path / "mine").exists()


def test_a_semi_supervised_model_holds_both(tmp_path):
    zoo.semi_supervised().save(tmp_path / "semi.keras")
    make_trained_preset(tmp_path / "mine", cell=tmp_path / "semi.keras")
    card = (tmp_path / "mine" / "MODEL_CARD.md").read_text()
    assert "nothing was measured" in card and "Dataset: not written down" in card
    assert ViewSynthesizer.from_preset(tmp_path / "mine").decoder is not None
    assert PoseEstimator.from_preset(tmp_path / "mine")({"image": IMAGES}).shape


def test_an_encoder_alone_is_a_preset_without_poses(grid, tmp_path):
    make_trained_preset(tmp_path / "mine", grid[0])
    card = (tmp_path / "mine" / "MODEL_CARD.md").read_text()
    assert "21 joints" not in card and "18.75 dB" in card
    with pytest.raises(WeightsError, match="no pose_head"):
        PoseEstimator.from_preset(tmp_path / "mine")


@pytest.mark.parametrize(
    ("encoder", "cell", "message"),
    [
        (None, True, "Say which encoder to take"),
        ("nowhere", True, "nowhere: there is no such file"),
        (None, "nowhere.keras", r"nowhere\.keras: there is no such file"),
    ],
)
def test_what_is_missing_is_named(grid, tmp_path, encoder, cell, message):
    cell = grid[1] if cell is True else cell
    with pytest.raises(WeightsError, match=message):
        make_trained_preset(tmp_path / "mine", encoder, cell)


def test_a_pose_model_is_no_encoder(grid, tmp_path):
    with pytest.raises(WeightsError, match="no ViewSynthesizer"):
        make_trained_preset(tmp_path / "mine", grid[1] / "model.keras")


def test_what_is_too_large_to_ship_is_refused(grid, tmp_path, monkeypatch):
    monkeypatch.setattr(trained_preset, "MOST_BYTES", 1000)
    with pytest.raises(WeightsError, match="train a smaller model"):
        make_trained_preset(tmp_path / "mine", *grid)


def test_the_command_writes_where_presets_are_found(grid, tmp_path):
    encoder, cell = grid
    arguments = [f"--encoder={encoder}", f"--cell={cell}", f"--out_dir={tmp_path}"]
    script = "examples/tools/make_trained_preset.py"
    run = subprocess.run(
        [sys.executable, script, "--name=mine", *arguments],
        cwd=trained_preset.__file__.rsplit("/hand_geo_keras/", 1)[0],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.count(" kB ") == 3
    card = (tmp_path / "mine" / "MODEL_CARD.md").read_text()
    assert f"python {script} --name=mine" in card
