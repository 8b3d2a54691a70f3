import csv
from pathlib import Path
from unittest import mock

import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation import METRICS
from hand_geo_keras.io import write_csv
from hand_geo_keras.scenarios.table import (
    markdown_table,
    metric_columns,
    summarize,
)
from hand_geo_keras.studies import table1_outputs
from hand_geo_keras.studies.options import Options
from hand_geo_keras.studies.table1_outputs import COLUMNS, read_results, table1


def result(configuration, budget, annotations, seed, error):
    return {
        "configuration": configuration,
        "budget": budget,
        "annotations": annotations,
        "seed": seed,
        "train_seconds": 1.5,
        "test": dict.fromkeys(METRICS, error),
    }


RESULTS = [
    result("supervised", "64", 64, 0, 50.0),
    result("supervised", "64", 64, 1, 54.0),
    result("fine_tuned", "64", 64, 0, 31.0),
    result("supervised", "640", 640, 0, 30.0),
]


def write(path, profile="smoke"):
    same = {"profile": profile, "dataset": "dome", "features": "off", "commit": "abc"}
    write_csv(path, [{**r, **same, **metric_columns(r)} for r in RESULTS], COLUMNS)


def test_mean_and_std_are_over_seeds():
    mean, std, seeds = summarize(RESULTS)["64", "supervised"]
    assert (mean, round(std, 3), seeds) == (52.0, 2.828, 2)
    assert summarize(RESULTS)["640", "supervised"] == (30.0, 0.0, 1)


def test_the_table_shows_ours_beside_the_papers():
    header, rows = table1(RESULTS)
    assert header[2:] == ["supervised", "fine_tuned"]
    assert rows[0][2:] == ["52.0 ± 2.8 (51.0)", "**31.0**"]
    assert rows[1][2:] == ["**30.0** (34.3)", "–"]
    assert markdown_table(header, rows).count("\n") == 3


def test_results_of_another_machine_are_read_back(tmp_path):
    path = tmp_path / "results.csv"
    write(path)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 4
    added = read_results(path, "smoke", "dome")
    assert summarize(added) == summarize(RESULTS)
    assert added[0]["commit"] == "abc"


def test_results_that_do_not_belong_into_the_table_are_refused(tmp_path):
    path = tmp_path / "results.csv"
    with pytest.raises(DatasetError, match=r"results\.csv: cannot be read"):
        read_results(path, "smoke", "dome")
    path.write_text('{"cameras": []}')  # a line of titles, for a CSV
    with pytest.raises(DatasetError, match="no rows"):
        read_results(path, "smoke", "dome")
    path.write_text("seed,budget\n0,64\n")
    with pytest.raises(DatasetError, match="its columns are profile"):
        read_results(path, "smoke", "dome")
    write(path, "full")
    with pytest.raises(DatasetError, match="'full' on 'dome'"):
        read_results(path, "smoke", "dome")


def test_views_of_an_earlier_best_cell_are_removed(tmp_path, monkeypatch):
    (tmp_path / "fig4.png").touch()
    job = mock.MagicMock(configuration="supervised", annotations=16)
    for name in ("predicted_poses", "save_cases"):
        monkeypatch.setattr(table1_outputs, name, mock.MagicMock())
    monkeypatch.setattr(table1_outputs, "_synthesizer_before", lambda *_: None)
    finished = {job: {"test": {"n_mpjpe_mm": 1.0}}}
    figures = table1_outputs._figures_of_best(Options(out_dir=str(tmp_path)), finished)
    assert [figure.path.name for figure in figures] == ["cases.png"]
    assert not (tmp_path / "fig4.png").exists()


@pytest.mark.parametrize(
    ("preset", "known"), [("hand_128", "other rendered hands"), ("runs/mine", "before")]
)
def test_the_table_says_what_a_preset_has_learned(preset, known):
    options = Options(preset=preset)
    (text,) = table1_outputs._about_preset(options, [{"configuration": "zero_shot"}])
    assert f"`{Path(preset).name}`, which has learned from" in text
    assert known in text
