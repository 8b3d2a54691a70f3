"""The real rig table on a stick hand, with a dome's model that was never trained."""

import csv
import dataclasses

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError, WeightsError
from hand_geo_keras.models import (
    PoseEstimator,
    PoseHead,
    UNetEncoder,
    ViewDecoder,
    ViewSynthesizer,
    save_to_preset,
)
from hand_geo_keras.scenarios import real_rig_cell, real_rig_run
from hand_geo_keras.scenarios.real_rig_jobs import METHODS, cells_of
from hand_geo_keras.scenarios.real_rig_profiles import REAL_RIG_PROFILES
from hand_geo_keras.scenarios.real_rig_run import run_real_rig
from tests.scenarios.tiny_dome import make_dome
from tests.scenarios.tiny_rig import make_rig

SMOKE = REAL_RIG_PROFILES["smoke"]
CELLS = ["dome_0", "adapted_0", "supervised_4", "fine_tuned_4", "adapted_4"]
OUTPUTS = ("real_rig_curves.png", "real_rig_panel.png")


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    return make_rig(tmp_path_factory.mktemp("desk") / "my_rig")


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    keras.utils.set_random_seed(0)
    sizes = {"widths": (4, 8, 8), "num_points": 12, "appearance_dim": 4}
    views = ViewSynthesizer(
        UNetEncoder(32, **sizes), ViewDecoder(32, **sizes, background_mode="alpha")
    )
    poses = PoseEstimator(views.encoder, PoseHead(12, hidden_units=(16,)))
    poses.adapt(np.random.default_rng(0).normal(0, 40, (8, 21, 3)))
    folder = tmp_path_factory.mktemp("preset") / "tiny_hands"
    save_to_preset(folder, views, poses)
    return folder


@pytest.fixture(scope="module")
def run(rig, preset, tmp_path_factory):
    """A run that rehearses on the tiny dome."""
    folder = tmp_path_factory.mktemp("run")
    dome = make_dome(folder)
    results, text = run_real_rig(rig, preset, folder / "out", SMOKE, dome)
    return folder / "out", dome, results, text


def names(results):
    return [f"{result['method']}_{result['labels']}" for result in results]


def test_every_method_is_measured(run):
    out_dir, _, results, text = run
    assert names(results) == CELLS
    for result in results:
        assert 1 < result["n_mpjpe_mm"] < 200
        assert result["pa_mpjpe_mm"] < result["mpjpe_mm"]
    with (out_dir / "real_rig.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert names(rows) == [*CELLS, "mean_pose_0", "mean_pose_4", "nearest_crop_4"]
    assert float(rows[0]["n_mpjpe_mm"]) == pytest.approx(
        results[0]["n_mpjpe_mm"], abs=1e-3
    )
    assert {(row["recording"], row["stretch"]) for row in rows} == {("my_rig", "test")}
    assert (out_dir / "real_rig.md").read_text() == text
    assert all(title in text for title in METHODS.values())
    assert "frames 48 to 59" in text and "tiny_hands" in text


def test_figures_are_pictures(run):
    for name in OUTPUTS:
        assert cv2.imread(str(run[0] / name)).std() > 5


def test_saved_models_predict_poses(run):
    image = np.zeros((1, 32, 32, 3), np.uint8)
    for name in CELLS:
        path = run[0] / "test" / "cells" / f"{name}_s0" / "model.keras"
        model = keras.saving.load_model(path, compile=False)
        assert model({"image": image}).shape == (1, 21, 3)


def test_the_dome_is_measured_as_it_is(run, preset):
    path = run[0] / "test" / "cells" / "dome_0_s0" / "model.keras"
    image = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), np.uint8)
    own = PoseEstimator.from_preset(preset)({"image": image})
    measured = keras.saving.load_model(path, compile=False)({"image": image})
    np.testing.assert_allclose(own, measured, atol=1e-4)


def test_adaptation_changes_the_model_but_not_the_scale_of_its_poses(run, preset):
    adapted = run[0] / "test" / "adaptations" / "s0" / "preset"
    before, after = map(ViewSynthesizer.from_preset, (preset, adapted))
    for part in ("encoder", "decoder"):
        weights = [getattr(model, part).get_weights()[0] for model in (before, after)]
        assert np.abs(weights[0] - weights[1]).max() > 1e-5
    before, after = map(PoseEstimator.from_preset, (preset, adapted))
    np.testing.assert_array_equal(before.pose_std, after.pose_std)


def test_finished_cells_are_not_run_again(run, rig, preset, monkeypatch):
    out_dir, dome, results, text = run
    monkeypatch.setattr(real_rig_cell, "run_cell", None)
    monkeypatch.setattr(real_rig_cell, "adapt", None)
    assert run_real_rig(rig, preset, out_dir, SMOKE, dome) == (results, text)
    # A call for some of the cells keeps the others in the table.
    again = run_real_rig(rig, preset, out_dir, SMOKE, dome, methods=["dome"])
    assert again == (results[:1], text)


@pytest.mark.parametrize(
    ("section", "change", "expected"),
    [
        ("fine_tuning", {"batch": 2}, ["cells/fine_tuned_4_s0", "cells/adapted_4_s0"]),
        ("supervised", {"batch": 2}, ["cells/supervised_4_s0"]),
        (
            "adaptation",
            {"quads": 2},
            ["adaptations/s0", "cells/adapted_0_s0", "cells/adapted_4_s0"],
        ),
    ],
)
def test_only_what_depends_on_a_setting_is_run_again(
    run, rig, preset, monkeypatch, section, change, expected
):
    out_dir, dome, _, _ = run
    asked = []

    def note(job, rig):
        asked.append(job.name)
        return {"train_seconds": 0.0}

    monkeypatch.setattr(real_rig_run, "run_job", note)
    monkeypatch.setattr(real_rig_run, "write_outputs", lambda *args: "")
    section_settings = dataclasses.replace(getattr(SMOKE, section), **change)
    profile = dataclasses.replace(SMOKE, **{section: section_settings})
    run_real_rig(rig, preset, out_dir, profile, dome)
    assert asked == expected


def test_without_a_dome_the_model_labels_itself(rig, preset, run, tmp_path):
    results, text = run_real_rig(
        rig,
        preset,
        tmp_path,
        SMOKE,
        stretch="validation",
        methods=["adapted"],
        features="off",
    )
    assert names(results) == ["adapted_0", "adapted_4"]
    assert "frames 39 to 47" not in text and "both views agree" in text
    assert "report the test stretch" in text


def test_rows_and_columns():
    profile = dataclasses.replace(SMOKE, labels=(16, 0))
    cells = cells_of(profile, (0, 1))
    assert [(c.method, c.labels, c.seed) for c in cells] == [
        ("dome", 0, 0),
        ("adapted", 0, 0),
        ("adapted", 0, 1),
        ("supervised", 16, 0),
        ("supervised", 16, 1),
        ("fine_tuned", 16, 0),
        ("fine_tuned", 16, 1),
        ("adapted", 16, 0),
        ("adapted", 16, 1),
    ]
    some = cells_of(profile, (5,), labels=[8], methods=["adapted"])
    assert [cell.name for cell in some] == ["cells/adapted_8_s5"]


def test_what_cannot_be_run_is_refused_at_once(rig, preset, tmp_path):
    with pytest.raises(DatasetError, match="larger than the"):
        run_real_rig(rig, preset, tmp_path, SMOKE, labels=[10_000])
    with pytest.raises(WeightsError, match="nowhere"):
        run_real_rig(rig, tmp_path / "nowhere", tmp_path, SMOKE)
    with pytest.raises(DatasetError, match="no prepared dataset"):
        run_real_rig(rig, preset, tmp_path, SMOKE, dome=tmp_path)
    headless = tmp_path / "headless"
    save_to_preset(headless, ViewSynthesizer.from_preset(preset))
    with pytest.raises(WeightsError, match="no pose_head"):
        run_real_rig(rig, headless, tmp_path, SMOKE)
