"""Errors over training steps on the tiny dome."""

import csv

import cv2
import pytest

from hand_geo_keras.evaluation import constant_articulation_errors, mean_pose_errors
from hand_geo_keras.scenarios import run_job as engine
from hand_geo_keras.studies import training_steps
from hand_geo_keras.studies.options import Options
from tests.scenarios.tiny_dome import rendered_dome

pytestmark = pytest.mark.usefixtures("eager_training")


def options(folder, **values):
    known = {"labels": [16], "features": "off", "command": "python measure.py"}
    return Options(
        "smoke", str(folder), data_dir=rendered_dome(), **{**known, **values}
    )


def run(folder):
    return training_steps.run(
        options(
            folder,
            training_steps=[20, 1, 20],
            configurations=["supervised", "pre_trained"],
        )
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training_steps")
    return folder, run(folder)


def rows_of(folder):
    with (folder / "training_steps.csv").open() as file:
        return list(csv.DictReader(file))


def test_every_cell_is_trained_for_every_number_of_steps(done):
    folder, text = done
    rows = rows_of(folder)
    cells = [(row["configuration"], int(row["steps"])) for row in rows]
    assert cells == [
        (name, steps) for name in ("supervised", "pre_trained") for steps in (1, 20)
    ]
    for row in rows:
        assert int(row["images"]) == 4 * int(row["steps"])  # batches of four
        assert (row["labels"], row["split"]) == ("16", "test")
        assert f"| {row['configuration']} | 16 | {row['steps']} |" in text
        assert f"| {float(row['n_mpjpe_mm']):.1f} | " in text
    errors = {float(row["n_mpjpe_mm"]) for row in rows}
    assert len(errors) == len(rows) and "python measure.py" in text


def test_baselines_are_those_of_the_measured_part(done):
    folder, text = done
    split = options(folder).prepared().load()
    mean, constant = mean_pose_errors(split), constant_articulation_errors(split)
    assert text.splitlines()[-2:] == [
        f"| mean pose | – | – | – | – | {mean['test']:.1f} | – |",
        f"| constant articulation | – | – | – | – | – | {constant['test']:.1f} |",
    ]


def test_heads_of_all_numbers_of_steps_share_one_encoder(done):
    encoders = [path.parent.parent.name for path in done[0].rglob("plain_s0")]
    assert encoders == [done[0].name]


def test_the_figure_shows_something(done):
    image = cv2.imread(str(done[0] / "training_steps.png"))
    assert image.shape[1] > 800 and image.std() > 10


def test_finished_cells_are_not_trained_again(done, monkeypatch):
    folder, text = done
    monkeypatch.setattr(engine, "_trained_and_measured", None)
    assert run(folder) == text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"configurations": ["bootstrapped"]}, "must be among .*bootstrapped"),
        ({"training_steps": [0, 10]}, "must be positive"),
        ({"training_steps": []}, "must be positive"),
    ],
)
def test_what_cannot_be_trained_is_refused(tmp_path, values, message):
    with pytest.raises(ValueError, match=message):
        training_steps.run(options(tmp_path, **values))
    assert not list(tmp_path.iterdir())  # nothing was prepared before
