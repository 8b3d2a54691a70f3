import csv
import io

import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios.grid_outputs import joined_results
from hand_geo_keras.scenarios.results_table import (
    COLUMNS,
    code_version,
    csv_text,
    markdown_table,
    read_results,
    result_rows,
    summarize,
    table_cells,
)


def result(configuration, budget, annotations, seed, error):
    metrics = ("n_mpjpe_mm", "mpjpe_mm", "pa_mpjpe_mm", "pck_auc")
    return {
        "configuration": configuration,
        "budget": budget,
        "annotations": annotations,
        "seed": seed,
        "train_seconds": 1.5,
        "test": dict.fromkeys(metrics, error),
    }


RESULTS = [
    result("supervised", "640", 640, 0, 30.0),
    result("supervised", "64", 64, 0, 50.0),
    result("supervised", "64", 64, 1, 54.0),
    result("fine_tuned", "64", 64, 0, 31.0),
]


def test_mean_and_deviation_are_over_seeds():
    summary = summarize(RESULTS)
    assert next(iter(summary)) == ("64", "supervised")  # fewest annotations first
    mean, deviation, seeds = summary["64", "supervised"]
    assert (mean, round(deviation, 3), seeds) == (52.0, 2.828, 2)
    assert summary["640", "supervised"] == (30.0, 0.0, 1)


def test_the_table_shows_ours_beside_the_papers():
    header, rows = table_cells(RESULTS)
    assert header[2:] == ["supervised", "fine_tuned"]
    assert rows[0][2:] == ["52.0 ± 2.8 (51.0)", "**31.0**"]
    assert rows[1][2:] == ["**30.0** (34.3)", "–"]
    assert markdown_table(header, rows).count("\n") == 3


def test_csv_has_the_documented_columns():
    rows = result_rows(RESULTS, "smoke", "dome", "ImageNet", "abc")
    read = list(csv.DictReader(io.StringIO(csv_text(rows))))
    assert tuple(read[0]) == COLUMNS and len(read) == 4
    assert read[0]["n_mpjpe_mm"] == "30.0" and read[3]["configuration"] == "fine_tuned"


def test_results_of_another_machine_are_read_back(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text(csv_text(result_rows(RESULTS, "smoke", "dome", "ImageNet", "abc")))
    added = read_results(path, "smoke", "dome")
    assert summarize(added) == summarize(RESULTS)
    here = [result("supervised", "64", 64, 0, 10.0)]
    joined = joined_results(here, added)
    assert len(joined) == 4 and joined[0] is here[0]
    # Rows keep the commit that they were computed by.
    rows = result_rows(joined, "smoke", "dome", "ImageNet", "new")
    assert [row["commit"] for row in rows] == ["new", "abc", "abc", "abc"]


def test_results_that_do_not_belong_into_the_table_are_refused(tmp_path):
    path = tmp_path / "results.csv"
    with pytest.raises(DatasetError, match=r"results\.csv: cannot be read"):
        read_results(path, "smoke", "dome")
    path.write_text("seed,budget\n0,64\n")
    with pytest.raises(DatasetError, match="its columns are profile"):
        read_results(path, "smoke", "dome")
    path.write_text(csv_text(result_rows(RESULTS, "full", "dome", "ImageNet", "abc")))
    with pytest.raises(DatasetError, match="'full' on 'dome'"):
        read_results(path, "smoke", "dome")


def test_the_code_names_its_version():
    assert code_version()
