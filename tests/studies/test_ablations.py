"""The ablations on the tiny dome, with networks and trainings of test size."""

import csv

import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.scenarios import run_job as engine
from hand_geo_keras.studies import ablations
from hand_geo_keras.studies.options import Options
from hand_geo_keras.training import time_budget
from tests.scenarios.tiny_dome import rendered_dome
from tests.studies.fake_clock import fake_clock
from tests.studies.golden import assert_golden

pytestmark = pytest.mark.usefixtures("eager_training")

LABELS = 16


def run(folder, seconds=5.0):
    options = Options(
        "smoke",
        str(folder),
        labels=[LABELS],
        seconds=seconds,
        command="python ablate.py",
        data_dir=rendered_dome(),
    )
    with pytest.MonkeyPatch.context() as patch:
        # The full reference would take a minute.
        patch.setattr(ablations, "REFERENCE", "quarter_unet_64")
        patch.setattr(time_budget, "time", fake_clock())
        return ablations.run(options)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablations")
    return folder, run(folder)


def test_rows_are_those_of_the_engine_before(done):
    figures = {
        f"{table}/{row}": {
            "steps": result["steps"],
            "psnr": result["psnr_foreground_db"]["test"],
            "n_mpjpe_mm": result["n_mpjpe_mm"][LABELS]["test"],
            "parameters": result["parameters"],
        }
        for table, rows in done[1].items()
        for row, result in rows.items()
    }
    assert_golden("ablations", figures)


def test_every_row_is_measured(done):
    _, tables = done
    assert {name: list(rows) for name, rows in tables.items()} == {
        "image loss": ["pixels only", "pixels + random features"],
        "background": ["alpha", "concat"],
        "model": ["compact_64", "quarter_unet_64"],
    }
    for rows in tables.values():
        for result in rows.values():
            assert result["seconds"] > 0


def test_rows_are_what_they_are_called(done):
    _, tables = done
    descriptions = [row["image_loss"] for row in tables["image loss"].values()]
    assert "pixels only" in descriptions[0] and "random" in descriptions[1]
    modes = [r["network"]["background_mode"] for r in tables["background"].values()]
    assert modes == ["alpha", "concat"]


def test_outputs_hold_every_figure(done):
    folder, tables = done
    with (folder / "ablations.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6 and {row["split"] for row in rows} == {"test"}
    text = (folder / "ablations.md").read_text()
    result = tables["background"]["concat"]
    assert f"{result['n_mpjpe_mm'][LABELS]['test']:.1f}" in text
    assert f"| {result['parameters']:,} | 2 |" in text
    assert "no validation subject" in text and "python ablate.py" in text


def test_finished_rows_are_not_trained_again(done, monkeypatch):
    folder, tables = done
    monkeypatch.setattr(engine, "_trained_and_measured", None)
    assert run(folder) == tables


def test_only_the_models_are_trained_again_for_other_seconds(done, monkeypatch):
    asked = []

    def stop(job, out_dir):
        asked.append(job.name)
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "_trained_and_measured", stop)
    with pytest.raises(KeyboardInterrupt):
        run(done[0], seconds=7.0)
    assert asked == ["pixels_compact_64_by_time/encoders/plain_s0"]


def test_missing_weights_are_named_before_anything_is_trained(tmp_path):
    with pytest.raises(WeightsError, match=r"nowhere\.npz"):
        ablations.run(Options("smoke", str(tmp_path), imagenet="nowhere.npz"))
    assert list(tmp_path.iterdir()) == []
