import types

import numpy as np
import pytest

from hand_geo_keras.studies.ablations import (
    COLUMNS,
    csv_rows,
    markdown_text,
    table_cells,
)

BASELINE = {"validation": 51.0, "test": 52.0}


def result(shift, preset="compact_64", mode="alpha"):
    return {
        "image_loss": "no features, pixels only",
        "network": {"preset": preset, "background_mode": mode, "image_size": 64},
        "parameters": 1_234_567,
        "steps": 900,
        "seconds": 61.26,
        "psnr_foreground_db": {"validation": 17.0 + shift, "test": 16.0 + shift},
        "n_mpjpe_mm": {
            64: {"validation": 40.0 + shift, "test": 41.0 + shift},
            640: {"validation": 30.0 + shift, "test": 31.0 + shift},
        },
    }


@pytest.fixture
def tables():
    return {
        "background": {"alpha": result(0.0), "concat": result(0.25, mode="concat")},
        "model": {"compact_64": result(0.0), "large": result(1.0, preset="large")},
    }


@pytest.fixture
def split():
    parts = {"validation": 40, "test": 50}
    return types.SimpleNamespace(
        subjects={"validation": ["S8"], "test": ["S9", "S10"]},
        measured={
            n: types.SimpleNamespace(views=np.arange(k)) for n, k in parts.items()
        },
    )


def test_a_table_holds_every_split_and_number_of_labels(tables):
    header, rows = table_cells("background", tables["background"], BASELINE)
    assert header == [
        "background",
        "parameters",
        "steps",
        "seconds",
        "foreground PSNR, dB, validation",
        "foreground PSNR, dB, test",
        "mm, 64 labels, validation",
        "mm, 64 labels, test",
        "mm, 640 labels, validation",
        "mm, 640 labels, test",
    ]
    sizes = ["1,234,567", "900", "61"]
    errors = ["40.2", "41.2", "30.2", "31.2"]
    assert rows[1] == ["concat", *sizes, "17.25", "16.25", *errors]
    assert rows[2] == ["mean pose", *"–––––", "51.0", "52.0", "51.0", "52.0"]


def test_csv_has_a_row_for_each_figure(tables):
    rows = csv_rows(tables, BASELINE, {"command": "python x.py"})
    assert len(rows) == 4 * 2 * 2
    assert {"dataset", "seed", "commit"} == set(COLUMNS) - set(rows[0])
    row = rows[5]
    assert (row["row"], row["labels"], row["split"]) == ("concat", 64, "test")
    assert row["n_mpjpe_mm"] == 41.25 and row["mean_pose_n_mpjpe_mm"] == 52.0
    assert row["psnr_foreground_db"] == 16.25 and row["command"] == "python x.py"


def test_the_text_says_what_was_equal_and_where_it_was_measured(tables, split):
    same = {"dataset": "dome", "seed": 0, "commit": "abc", "command": "python x.py"}
    text = markdown_text(tables, BASELINE, split, same)
    assert "`python x.py` (code abc)" in text
    assert (
        "40 labelled images of S8" in text and "50 labelled images of S9, S10" in text
    )
    assert "chosen on the validation subjects only" in text
    losses, models = text.split("## By ")[1:]
    assert "Equal numbers of steps. In all rows: image loss no features" in losses
    assert "model compact_64." in losses and "background alpha" not in losses
    assert "Equal seconds" in models and "background alpha." in models
