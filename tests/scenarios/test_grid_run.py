"""The smoke profile from nothing: renders the tiny dome, trains every configuration."""

import csv
import dataclasses
import json

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios import grid_cell, grid_executors
from hand_geo_keras.scenarios.grid_dataset import load_dataset
from hand_geo_keras.scenarios.grid_jobs import CONFIGURATIONS
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES
from hand_geo_keras.scenarios.grid_run import cells_of, run_scenarios
from hand_geo_keras.scenarios.trained_preset import make_trained_preset


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out_dir = tmp_path_factory.mktemp("grid")
    results = run_scenarios("smoke", out_dir, features=None, command="python run.py")
    return out_dir, results


@pytest.fixture(scope="module")
def data(run):
    return load_dataset(str(run[0] / "data" / "synthetic_tiny_32"))


def test_every_configuration_is_measured_on_the_test_subject(run):
    out_dir, results = run
    assert [result["configuration"] for result in results] == list(CONFIGURATIONS)
    for result in results:
        assert 1 < result["test"]["n_mpjpe_mm"] < 200
        assert result["train_seconds"] > 0
    with (out_dir / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["configuration"] for row in rows} == set(CONFIGURATIONS)
    assert {row["dataset"] for row in rows} == {"synthetic_tiny"}
    assert {row["annotations"] for row in rows} == {"16"}


def test_table_and_figures_are_written(run):
    out_dir, _ = run
    table = (out_dir / "table1.md").read_text()
    assert "| 16 (6512) | S0 |" in table and "(26.8)" in table and "little" in table
    for name in ("fig3", "fig4", "cases"):
        assert cv2.imread(str(out_dir / f"{name}.png")).std() > 5


def test_the_report_needs_no_other_file(run):
    page = (run[0] / "report.html").read_text()
    assert page.count('src="data:image/png;base64,') == 3
    assert "src=" not in page.replace('src="data:image', "")
    assert "python run.py" in page and "keras-cv" in page and "index pip" in page


def test_saved_models_predict_poses(run):
    out_dir, _ = run
    image = np.zeros((1, 32, 32, 3), np.uint8)
    for configuration in CONFIGURATIONS:
        path = out_dir / "cells" / f"{configuration}_6512_s0" / "model.keras"
        model = keras.saving.load_model(path, compile=False)
        assert model({"image": image}).shape == (1, 21, 3)


def test_a_fine_tuned_cell_keeps_the_decoder_that_fits_its_encoder(run, tmp_path):
    out_dir, _ = run
    cell = out_dir / "cells" / "fine_tuned_6512_s0"
    # Two different encoders would be refused.
    make_trained_preset(tmp_path / "mine", out_dir / "encoders" / "augmented_s0", cell)
    card = (tmp_path / "mine" / "MODEL_CARD.md").read_text()
    assert "Dataset: synthetic_tiny." in card and "python run.py" in card


def test_fine_tuning_moves_the_encoder_that_a_frozen_cell_keeps(run):
    out_dir, _ = run
    path = out_dir / "encoders" / "augmented_s0" / "view_synthesizer.keras"
    start = keras.saving.load_model(path, compile=False).encoder.get_weights()
    moved = {}
    for name in ("pre_trained_aug", "fine_tuned"):
        model = out_dir / "cells" / f"{name}_6512_s0" / "model.keras"
        weights = keras.saving.load_model(model, compile=False).encoder.get_weights()
        moved[name] = max(
            np.abs(after - before).max()
            for before, after in zip(start, weights, strict=True)
        )
    assert moved["pre_trained_aug"] == 0 and moved["fine_tuned"] > 1e-6


def test_latents_are_cached_once_per_encoder(run):
    out_dir, _ = run
    files = {path.parent.name for path in out_dir.glob("encoders/*/latents_train.npy")}
    assert files == {"plain_s0", "augmented_s0"}
    assert not list(out_dir.glob("*/*/training/backup"))


def test_encoders_go_on_from_the_steps_that_they_share(run):
    out_dir, _ = run
    results = {
        kind: json.loads((out_dir / f"encoders/{kind}_s0/result.json").read_text())
        for kind in ("common", "plain", "augmented")
    }
    assert {kind: result["steps"] for kind, result in results.items()} == {
        "common": 1,
        "plain": 2,
        "augmented": 2,
    }


def test_cells_of_another_machine_join_the_table(run):
    out_dir, _ = run
    other = out_dir / "other.csv"
    text = (out_dir / "results.csv").read_text()
    other.write_text(text.replace(",0,6512,16,", ",1,6512,16,"))  # seed 1
    run_scenarios("smoke", out_dir, features=None, add_results=[other])
    assert "±" in (out_dir / "table1.md").read_text()
    with (out_dir / "results.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 2 * len(CONFIGURATIONS)
    # Without it the table is that of this machine alone.
    run_scenarios("smoke", out_dir, features=None)
    assert (out_dir / "results.csv").read_text() == text


def test_finished_cells_are_not_run_again(run, monkeypatch):
    out_dir, results = run
    monkeypatch.setattr(grid_cell, "run_cell", None)
    monkeypatch.setattr(grid_cell, "pre_train", None)
    again = run_scenarios("smoke", out_dir, features=None)
    assert again == results
    runs = json.loads((out_dir / "runs.json").read_text())["runs"]
    assert runs[0]["command"] == "python run.py" and len(runs) > 1


def test_only_cells_with_other_settings_are_run_again(run, monkeypatch):
    out_dir, _ = run
    asked = []

    def stop(job, grid):
        asked.append(job.name)
        raise KeyboardInterrupt

    monkeypatch.setattr(grid_executors, "run_job", stop)
    smoke = GRID_PROFILES["smoke"]
    semi = dataclasses.replace(smoke.semi_supervised, pose_weight=2.0)
    other = dataclasses.replace(smoke, semi_supervised=semi)
    with pytest.raises(KeyboardInterrupt):
        run_scenarios(("smoke", other), out_dir, features=None)
    assert asked == ["cells/semi_supervised_6512_s0"]


def test_rows_that_the_data_cannot_fill_are_refused(data):
    with pytest.raises(DatasetError, match="28592"):
        cells_of(GRID_PROFILES["smoke"], data, budgets=["28592"])


def test_few_annotations_get_the_extra_seeds(data):
    profile = dataclasses.replace(
        GRID_PROFILES["smoke"], budgets=(), extra_seeds=(1, 2), extra_seeds_up_to=16
    )
    cells = cells_of(profile, data, configurations=["supervised"])
    assert [(cell.annotations, cell.seed) for cell in cells] == [
        (16, 0),
        (16, 1),
        (16, 2),
        (32, 0),
    ]
    assert len(cells_of(profile, data, seeds=[5])) == 2 * len(CONFIGURATIONS)


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(ValueError, match="configurations"):
        run_scenarios("smoke", tmp_path, configurations=["best"])
    with pytest.raises(ValueError, match="executor"):
        run_scenarios("smoke", tmp_path, executor="moon")


def test_ray_gives_the_same_results(run, tmp_path):
    ray = pytest.importorskip("ray")
    out_dir, results = run
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        spread = run_scenarios(
            "smoke",
            tmp_path,
            data_dir=out_dir / "data",
            configurations=["supervised", "pre_trained"],
            executor="ray",
            features=None,
        )
    finally:
        ray.shutdown()
    for ours, reference in zip(spread, results[:2]):
        assert ours["configuration"] == reference["configuration"]
        assert ours["test"]["n_mpjpe_mm"] == pytest.approx(
            reference["test"]["n_mpjpe_mm"], rel=1e-4
        )
