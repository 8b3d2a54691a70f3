"""The ablations on the tiny dome, with networks and trainings of test size."""

import csv

import keras
import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError, WeightsError
from hand_geo_keras.scenarios import (
    ablations,
    ablations_run,
    ablations_time,
    grid_cell,
)
from hand_geo_keras.scenarios.ablations_run import (
    cell_of_labels,
    hand_psnr,
    run_ablations,
)
from hand_geo_keras.scenarios.grid_dataset import load_dataset
from hand_geo_keras.scenarios.grid_jobs import Cell
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES
from tests.pool import make_pool

SMOKE = GRID_PROFILES["smoke"]
LABELS = 16


def run(folder, seconds=0.5):
    with pytest.MonkeyPatch.context() as patch:
        # The full reference would take a minute.
        patch.setattr(ablations, "_REFERENCE", "quarter_unet_64")
        patch.setattr(ablations_run, "_QUADS", 2)
        return run_ablations(
            SMOKE, folder, labels=(LABELS,), seconds=seconds, command="python ablate.py"
        )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablations")
    return folder, run(folder)


@pytest.fixture(scope="module")
def data(done):
    return load_dataset(str(done[0] / "data" / "synthetic_tiny_32"))


def test_every_row_is_measured(done):
    _, tables = done
    assert {name: list(rows) for name, rows in tables.items()} == {
        "image loss": ["pixels only", "pixels + random features"],
        "background": ["alpha", "concat"],
        "model": ["compact_64", "quarter_unet_64"],
    }
    for rows in tables.values():
        for result in rows.values():
            assert 3 < result["psnr_hand_db"]["test"] < 40
            assert 1 < result["n_mpjpe_mm"][LABELS]["test"] < 200
            assert result["seconds"] > 0


def test_rows_are_what_they_are_called(done):
    _, tables = done
    descriptions = [row["image_loss"] for row in tables["image loss"].values()]
    assert "pixels only" in descriptions[0] and "random" in descriptions[1]
    modes = [r["network"]["background_mode"] for r in tables["background"].values()]
    assert modes == ["alpha", "concat"]
    small, large = tables["model"].values()
    assert small["parameters"] < large["parameters"]
    by_steps = [*tables["image loss"].values(), *tables["background"].values()]
    assert {row["steps"] for row in by_steps} == {2}


def test_the_models_get_the_same_time_and_not_the_same_steps(done):
    _, tables = done
    for row in tables["model"].values():
        # The first step takes longer than that: it builds the graph.
        assert 1 <= row["steps"] < 500 and row["seconds"] >= 0.5


def test_csv_and_markdown_hold_the_results(done):
    folder, tables = done
    with (folder / "ablations.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    concat = next(row for row in rows if row["row"] == "concat")
    result = tables["background"]["concat"]
    assert float(concat["n_mpjpe_mm"]) == result["n_mpjpe_mm"][LABELS]["test"]
    text = (folder / "ablations.md").read_text()
    assert f"| concat | {result['parameters']:,} | 2 |" in text
    assert "no validation subject" in text and "python ablate.py" in text


def test_finished_rows_are_not_trained_again(done, monkeypatch):
    folder, tables = done
    monkeypatch.setattr(grid_cell, "run_cell", None)
    monkeypatch.setattr(grid_cell, "pre_train", None)
    monkeypatch.setattr(ablations_time, "pre_train", None)
    assert run(folder) == tables


def test_only_the_models_are_trained_again_for_other_seconds(done, monkeypatch):
    asked = []

    def stop(job, grid, *args):
        asked.append(grid.profile_name)
        raise KeyboardInterrupt

    monkeypatch.setattr(ablations_time, "pre_train", stop)
    monkeypatch.setattr(grid_cell, "pre_train", None)
    with pytest.raises(KeyboardInterrupt):
        run(done[0], seconds=0.7)
    assert asked == ["pixels_compact_64_by_time"]


def test_labels_are_taken_from_as_few_subjects_as_have_them(data):
    assert cell_of_labels(data, 10, 3) == Cell("pre_trained", "6512", 10, 3)
    assert cell_of_labels(data, 17, 3) == Cell("pre_trained", "9392", 17, 3)
    with pytest.raises(DatasetError, match="too small for 4000 labels"):
        cell_of_labels(data, 4000, 0)


def test_missing_weights_are_named_before_anything_is_trained(tmp_path):
    with pytest.raises(WeightsError, match=r"nowhere\.npz"):
        run_ablations(SMOKE, tmp_path, imagenet="nowhere.npz")
    assert list(tmp_path.iterdir()) == []


class Copying:
    """Draws every picture as it is."""

    def __init__(self):
        self.psnr_hand = keras.metrics.Mean()

    def __call__(self, quads, training):
        return quads["image"]

    def update_image_metrics(self, quads, drawn):
        self.psnr_hand.update_state(np.mean(np.asarray(drawn) == quads["image"]))


def test_the_psnr_starts_from_zero_for_every_pool():
    model = Copying()
    model.psnr_hand.update_state(100.0)
    assert hand_psnr(model, make_pool()) == 1.0
