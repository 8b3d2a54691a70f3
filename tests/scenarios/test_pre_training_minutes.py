"""Minutes of pre-training on the tiny dome, a second each."""

import csv

import cv2
import pytest

from hand_geo_keras.scenarios import ablations_run, ablations_time, grid_cell
from hand_geo_keras.scenarios.grid_profiles import GRID_PROFILES
from hand_geo_keras.scenarios.pre_training_minutes import measure_pre_training_minutes

MINUTES = [0.02, 0.005]


def run(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ablations_run, "_QUADS", 2)
        return measure_pre_training_minutes(
            GRID_PROFILES["smoke"],
            MINUTES,
            folder,
            labels=(16,),
            features="off",
            command="python measure.py",
        )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("minutes")
    return folder, run(folder)


def test_every_number_of_minutes_is_measured(done):
    folder, text = done
    with (folder / "pre_training_minutes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["minutes"]) for row in rows] == sorted(MINUTES)
    for row in rows:
        assert 1 < float(row["n_mpjpe_mm"]) < 200
        assert row["stretch"] == "test" and row["labels"] == "16"
    short, long = rows
    # The first step builds the graph and takes longer than both times.
    assert 1 <= int(short["steps"]) <= int(long["steps"])
    assert f"| {float(short['n_mpjpe_mm']):.1f} |" in text
    assert "python measure.py" in text and "pixels only" in text


def test_the_figure_shows_something(done):
    image = cv2.imread(str(done[0] / "pre_training_minutes.png"))
    assert image.shape[1] > 800 and image.std() > 10


def test_every_encoder_is_trained_from_its_first_step_on(done):
    encoders = done[0] / "minutes_0.02" / "encoders"
    assert [folder.name for folder in encoders.iterdir()] == ["plain_s0"]


def test_finished_minutes_are_not_trained_again(done, monkeypatch):
    folder, text = done
    monkeypatch.setattr(grid_cell, "run_cell", None)
    monkeypatch.setattr(grid_cell, "pre_train", None)
    monkeypatch.setattr(ablations_time, "pre_train", None)
    assert run(folder) == text
