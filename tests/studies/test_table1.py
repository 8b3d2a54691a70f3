"""The smoke profile from nothing: renders the tiny dome, trains every configuration."""

import csv
import dataclasses
import json

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation import METRICS
from hand_geo_keras.models import LiftHead, PoseEstimator, save_to_preset
from hand_geo_keras.models.read_joints import reads_joints
from hand_geo_keras.scenarios import run_job as engine
from hand_geo_keras.scenarios.code_version import code_version
from hand_geo_keras.scenarios.trained_preset import make_trained_preset
from hand_geo_keras.studies import table1
from hand_geo_keras.studies.options import Options
from hand_geo_keras.training.profiles import PROFILES
from hand_geo_keras.training.registry import CONFIGURATIONS
from tests.models.test_joint_encoder import tiny
from tests.scenarios.tiny_dome import rendered_dome
from tests.studies.golden import assert_golden

pytestmark = pytest.mark.usefixtures("eager_training")


def options(out_dir, **changes):
    given = {"features": None, "command": "python run.py", **changes}
    return Options("smoke", str(out_dir), data_dir=rendered_dome(), **given)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out_dir = tmp_path_factory.mktemp("grid")
    return out_dir, table1.run(options(out_dir))


def encoder_results(out_dir):
    names = ("common", "plain", "augmented")
    paths = {
        name: out_dir / "encoders" / f"{name}_s0" / "result.json" for name in names
    }
    return {name: json.loads(path.read_text()) for name, path in paths.items()}


def test_cells_and_encoders_are_those_of_the_engine_before(run):
    out_dir, results = run
    figures = {
        f"{r['configuration']}_{r['budget']}_s0": r["test"]
        for r in results
        if r["configuration"] != "bootstrapped"  # came later
    }
    for name, result in encoder_results(out_dir).items():
        psnr = result["psnr_foreground_db"]["train"]
        figures[f"{name}_s0"] = {"steps": result["steps"], "psnr_train": psnr}
    assert_golden("table1", figures)


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
    assert set(METRICS) < set(rows[0])


def test_table_and_figures_are_written(run):
    out_dir, _ = run
    table = (out_dir / "table1.md").read_text()
    assert "| 16 (6512) | S0 |" in table and "(26.8)" in table and "little" in table
    assert "constant articulation" in table and "PA-MPJPE" in table
    assert not (out_dir / "fig3.png").exists()  # one point is no curve
    for name in ("fig4", "cases"):
        assert cv2.imread(str(out_dir / f"{name}.png")).std() > 5


def test_the_report_needs_no_other_file(run):
    page = (run[0] / "report.html").read_text()
    assert page.count('src="data:image/png;base64,') == 2
    assert "(16): one point is no curve" in page and "PA-MPJPE (mm)" in page
    assert "src=" not in page.replace('src="data:image', "")
    assert "python run.py" in page and "keras-cv" in page and "index pip" in page


def test_saved_models_predict_poses(run):
    out_dir, _ = run
    image = np.zeros((1, 32, 32, 3), np.uint8)
    for configuration in CONFIGURATIONS:
        path = out_dir / "cells" / f"{configuration}_6512_s0" / "model.keras"
        model = keras.saving.load_model(path, compile=False)
        scale = {"scale": np.ones(1, np.float32)} if reads_joints(model) else {}
        assert model({"image": image, **scale}).shape == (1, 21, 3)


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
    files = {path.parent.name for path in out_dir.glob("*/*/latents_unlabelled.npz")}
    assert files == {"plain_s0", "augmented_s0"}
    assert not list(out_dir.glob("*/*/training/backup"))


def test_a_column_that_the_profile_leaves_out_is_refused(run):
    asked = options(run[0], configurations=("bootstrapped",))
    data, profile = asked.prepared(), PROFILES["smoke"]
    without = dataclasses.replace(profile, bootstrapped=None)
    with pytest.raises(ValueError, match=r"leaves out .* \[.bootstrapped.\]"):
        table1.cells_of(asked, without, data, data.load())
    cells = table1.cells_of(options(run[0]), without, data, data.load())
    names = {cell.configuration for cell in cells}
    assert names == {*CONFIGURATIONS} - {"bootstrapped"}


def test_tensorboard_can_show_what_encoders_learn(run):
    logs = run[0] / "encoders" / "augmented_s0" / "logs"
    assert {path.name for path in logs.iterdir()} == {"train", "images"}


def test_cells_of_another_machine_join_the_table(run):
    out_dir, _ = run
    other = out_dir / "other.csv"
    text = (out_dir / "results.csv").read_text()
    with (out_dir / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    origin = {"commit": "0123456789", "features": "other weights"}
    with other.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([{**row, "seed": 1, **origin} for row in rows])
    table1.run(options(out_dir, add_results=[other]))
    assert "±" in (out_dir / "table1.md").read_text()
    with (out_dir / "results.csv").open() as file:
        joined = list(csv.DictReader(file))
    assert len(joined) == 2 * len(CONFIGURATIONS)
    for row in joined:  # where a cell comes from stays with it
        same = row["seed"] == "1"
        assert all((row[name] == value) is same for name, value in origin.items())
    # Without it the table is that of this machine alone.
    table1.run(options(out_dir))
    assert (out_dir / "results.csv").read_text() == text


def test_cells_keep_the_commit_that_they_were_trained_with(run):
    out_dir, _ = run
    path = out_dir / "cells" / "supervised_6512_s0" / "result.json"
    text = path.read_text()
    content = json.loads(text)
    assert content["commit"] == code_version()
    path.write_text(json.dumps({**content, "commit": "of-before"}))
    table1.run(options(out_dir))
    with (out_dir / "results.csv").open() as file:
        commits = {r["configuration"]: r["commit"] for r in csv.DictReader(file)}
    assert commits.pop("supervised") == "of-before"
    assert set(commits.values()) == {content["commit"]}
    path.write_text(text)


def test_finished_cells_are_not_run_again(run, monkeypatch):
    out_dir, results = run
    monkeypatch.setattr(engine, "_trained_and_measured", None)
    assert table1.run(options(out_dir)) == results
    # A call for some of the cells keeps the others in the table.
    assert table1.run(options(out_dir, configurations=["supervised"])) == results[:1]
    assert "fine_tuned" in (out_dir / "table1.md").read_text()
    runs = json.loads((out_dir / "runs.json").read_text())["runs"]
    assert runs[0]["command"] == "python run.py" and len(runs) > 1


def test_only_cells_with_other_settings_are_run_again(run, monkeypatch):
    out_dir, _ = run
    asked = []

    def stop(job, out_dir):
        asked.append(job.name)
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "_trained_and_measured", stop)
    other = PROFILES["smoke"].replaced("semi_supervised", pose_weight=2.0)
    monkeypatch.setitem(PROFILES, "smoke", other)
    with pytest.raises(KeyboardInterrupt):
        table1.run(options(out_dir))
    assert asked == ["cells/semi_supervised_6512_s0"]


def cells(out_dir, **changes):
    given = options(out_dir, **changes)
    data = given.prepared()
    return table1.cells_of(given, given.settings(), data, data.load())


def test_rows_that_the_data_cannot_fill_are_refused(run):
    with pytest.raises(DatasetError, match="28592"):
        cells(run[0], budgets=["28592"])


def test_few_annotations_get_the_extra_seeds(run, monkeypatch):
    monkeypatch.setitem(table1.PLANS, "smoke", table1.Plan((), (1, 2)))
    monkeypatch.setattr(table1, "_FEW", 16)
    chosen = cells(run[0], configurations=["supervised"])
    assert [(cell.annotations, cell.seed) for cell in chosen] == [
        (16, 0),
        (16, 1),
        (16, 2),
        (32, 0),
    ]
    assert len(cells(run[0], seeds=[5])) == 2 * len(CONFIGURATIONS)


def test_columns_that_a_plan_leaves_out_are_trained_if_asked_for(run, monkeypatch):
    monkeypatch.setitem(table1.PLANS, "smoke", table1.Plan(left_out=("fine_tuned",)))
    names = {cell.configuration for cell in cells(run[0])}
    assert names == {*CONFIGURATIONS} - {"fine_tuned"}
    (asked, *_) = cells(run[0], configurations=["fine_tuned"])
    assert asked.configuration == "fine_tuned"


def test_unknown_names_are_refused(run, tmp_path):
    with pytest.raises(ValueError, match="configurations"):
        table1.run(options(tmp_path, configurations=["best"]))
    with pytest.raises(ValueError, match="executor"):
        table1.run(options(run[0], executor="moon"))
    paper = dataclasses.replace(options(tmp_path), profile="paper")
    with pytest.raises(DatasetError, match="--dataset"):
        paper.prepared()


def test_a_preset_and_bfloat16_are_columns_and_jobs_of_their_own(tmp_path):
    preset = tmp_path / "joints"
    save_to_preset(preset, PoseEstimator(tiny(), LiftHead(25)))
    asked = options(
        tmp_path / "out",
        preset=str(preset),
        precision="bfloat16",
        configurations=["supervised", "zero_shot", "tuned_joints"],
    )
    results = table1.run(asked)
    names = [result["configuration"] for result in results]
    assert names == ["supervised", "zero_shot", "tuned_joints"]
    assert {result["precision"] for result in results} == {"bfloat16"}
    assert all(1 < result["test"]["n_mpjpe_mm"] < 200 for result in results)
    assert keras.config.dtype_policy().name == "float32"
    text = (tmp_path / "out" / "table1.md").read_text()
    assert "| tuned_joints |" in text and "was trained on before" in text
    assert "16 (6512)" in text
    with (tmp_path / "out" / "results.csv").open() as file:
        assert {row["precision"] for row in csv.DictReader(file)} == {"bfloat16"}


def test_columns_from_a_preset_need_one(tmp_path):
    with pytest.raises(ValueError, match="--preset=hand_128"):
        table1.run(options(tmp_path, configurations=["tuned_joints"]))


def test_ray_gives_the_same_results(run, tmp_path):
    ray = pytest.importorskip("ray")
    _, results = run
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        spread = table1.run(
            options(
                tmp_path,
                configurations=["supervised", "pre_trained"],
                executor="ray",
            )
        )
    finally:
        ray.shutdown()
    for ours, reference in zip(spread, results[:2]):
        assert ours["configuration"] == reference["configuration"]
        assert ours["test"]["n_mpjpe_mm"] == pytest.approx(
            reference["test"]["n_mpjpe_mm"], rel=1e-4
        )
