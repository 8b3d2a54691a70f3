"""Minutes of pre-training on the tiny dome, by a clock that counts looks."""

import csv

import cv2
import pytest

from hand_geo_keras.scenarios import run_job as engine
from hand_geo_keras.studies import minutes
from hand_geo_keras.studies.finger_measures import MEASURES
from hand_geo_keras.studies.options import Options
from hand_geo_keras.training import time_budget
from tests.scenarios.tiny_dome import rendered_dome
from tests.studies.fake_clock import fake_clock
from tests.studies.golden import assert_golden

pytestmark = pytest.mark.usefixtures("eager_training")

MINUTES = [0.2, 0.1]


def run(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time_budget, "time", fake_clock())
        return minutes.run(
            Options(
                "smoke",
                str(folder),
                minutes=MINUTES,
                labels=[16],
                features="off",
                command="python measure.py",
                data_dir=rendered_dome(),
            )
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
    names = {"n_mpjpe_mm": "n_mpjpe_mm", "psnr": "psnr_foreground_db", "steps": "steps"}
    figures = {
        row["minutes"]: {name: float(row[column]) for name, column in names.items()}
        for row in rows
    }
    assert_golden("minutes", figures)
    assert {(row["split"], row["labels"]) for row in rows} == {("test", "16")}
    assert f"| {float(rows[0]['n_mpjpe_mm']):.1f} |" in text
    for row in rows:
        read_out, psnr = (float(row[measure]) for measure in MEASURES)
        assert 1 < read_out < 40 and 3 < psnr < 40
        assert f"| {read_out:.1f} | {psnr:.2f} |" in text
    assert text.splitlines()[-1].startswith("| constant articulation | – |")
    assert "python measure.py" in text and "pixels only" in text


def test_the_figure_shows_something(done):
    image = cv2.imread(str(done[0] / "pre_training_minutes.png"))
    assert image.shape[1] > 800 and image.std() > 10


def test_every_encoder_is_trained_from_its_first_step_on(done):
    encoders = done[0] / "minutes_0.2" / "encoders"
    assert [folder.name for folder in encoders.iterdir()] == ["plain_s0"]


def test_finished_minutes_are_not_trained_again(done, monkeypatch):
    folder, text = done
    monkeypatch.setattr(engine, "_trained_and_measured", None)
    assert run(folder) == text
