"""The real rig table on a stick hand, with a preset that was never trained."""

import csv
import dataclasses

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError, WeightsError
from hand_geo_keras.models import (
    LiftHead,
    PoseEstimator,
    PoseHead,
    UNetEncoder,
    ViewDecoder,
    ViewSynthesizer,
    save_to_preset,
)
from hand_geo_keras.scenarios import run_job as engine
from hand_geo_keras.studies import real_rig
from hand_geo_keras.studies.options import Options
from hand_geo_keras.training.profiles import PROFILES
from hand_geo_keras.training.registry import ENTRIES
from tests.models.test_joint_encoder import tiny
from tests.scenarios.tiny_dome import make_dome
from tests.scenarios.tiny_rig import make_rig
from tests.studies.golden import assert_golden

pytestmark = pytest.mark.usefixtures("eager_training")

SMOKE = PROFILES["smoke"]
AUGMENTATION = dataclasses.replace(SMOKE.augmentation, roll=45.0)
CELLS = ["zero_shot_0", "adapted_0", "supervised_4", "transferred_4", "adapted_4"]
UNTRAINED = ("zero_shot_0", "mean_pose_0", "mean_pose_4", "nearest_crop_4")
OUTPUTS = ("real_rig_curves.png", "real_rig_panel.png")


@pytest.fixture(autouse=True, scope="module")
def rolls():
    """As in the profile for recordings, in all trainings alike."""
    with pytest.MonkeyPatch.context() as patch:
        profile = dataclasses.replace(SMOKE, augmentation=AUGMENTATION)
        patch.setitem(PROFILES, "smoke", profile)
        yield


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


def options(rig, preset, out_dir, **changes):
    given = {"labels": [0, 4], "seeds": [0], "features": "off", **changes}
    return Options(
        "smoke", str(out_dir), recording=str(rig), preset=str(preset), **given
    )


@pytest.fixture(scope="module")
def run(rig, preset, tmp_path_factory):
    """A run that rehearses on the tiny dome."""
    folder = tmp_path_factory.mktemp("run")
    dome = make_dome(folder).folder
    results, text = real_rig.run(options(rig, preset, folder / "out", dome=dome))
    return folder / "out", dome, results, text


def names(results):
    return [
        f"{r['configuration']}_{r.get('labels', r.get('annotations'))}" for r in results
    ]


def test_every_method_is_measured(run):
    out_dir, _, results, text = run
    assert names(results) == CELLS
    for result in results:
        assert result["test"]["pa_mpjpe_mm"] < result["test"]["mpjpe_mm"]
    with (out_dir / "real_rig.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert names(rows) == [*CELLS, "mean_pose_0", "mean_pose_4", "nearest_crop_4"]
    assert {(row["recording"], row["split"]) for row in rows} == {("my_rig", "test")}
    figures = {
        name: {key: float(row[key]) for key in row if key.endswith(("_mm", "_auc"))}
        for name, row in zip(names(rows), rows)
    }
    assert_golden("real_rig", figures, untrained=UNTRAINED)
    assert (out_dir / "real_rig.md").read_text() == text
    assert all(ENTRIES[name].title in text for name in real_rig.CONFIGURATIONS)
    assert "frames 48 to 59" in text and "tiny_hands" in text


def test_figures_are_images(run):
    for name in OUTPUTS:
        assert cv2.imread(str(run[0] / name)).std() > 5


def test_saved_models_predict_poses(run):
    image = np.zeros((1, 32, 32, 3), np.uint8)
    for name in CELLS:
        path = run[0] / "test" / "cells" / f"{name}_s0" / "model.keras"
        model = keras.saving.load_model(path, compile=False)
        assert model({"image": image}).shape == (1, 21, 3)


def test_the_preset_is_measured_zero_shot(run, preset):
    path = run[0] / "test" / "cells" / "zero_shot_0_s0" / "model.keras"
    image = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), np.uint8)
    own = PoseEstimator.from_preset(preset)({"image": image})
    measured = keras.saving.load_model(path, compile=False)({"image": image})
    np.testing.assert_allclose(own, measured, atol=1e-4)


def test_adaptation_changes_the_model_but_not_the_scale_of_its_poses(run, preset):
    adapted = run[0] / "test" / "encoders" / "adaptation_s0" / "preset"
    before, after = map(ViewSynthesizer.from_preset, (preset, adapted))
    for part in ("encoder", "decoder"):
        weights = [getattr(model, part).get_weights()[0] for model in (before, after)]
        assert np.abs(weights[0] - weights[1]).max() > 1e-5
    before, after = map(PoseEstimator.from_preset, (preset, adapted))
    np.testing.assert_array_equal(before.pose_std, after.pose_std)


def test_finished_cells_are_not_run_again(run, rig, preset, monkeypatch):
    out_dir, dome, results, text = run
    monkeypatch.setattr(engine, "_trained_and_measured", None)
    assert real_rig.run(options(rig, preset, out_dir, dome=dome)) == (results, text)
    # A call for some of the cells keeps the others in the table.
    some = options(rig, preset, out_dir, dome=dome, configurations=["zero_shot"])
    assert real_rig.run(some) == (results[:1], text)


@pytest.mark.parametrize(
    ("section", "change", "expected"),
    [
        ("transfer", {"batch": 2}, ["cells/transferred_4_s0", "cells/adapted_4_s0"]),
        ("supervised", {"batch": 2}, ["cells/supervised_4_s0"]),
        (
            "adaptation",
            {"quads": 2},
            ["encoders/adaptation_s0", "cells/adapted_0_s0", "cells/adapted_4_s0"],
        ),
    ],
)
def test_only_what_depends_on_a_setting_is_run_again(
    run, rig, preset, monkeypatch, section, change, expected
):
    out_dir, dome, results, _ = run
    asked = []

    def note(job, out_dir):
        asked.append(job.name.removeprefix("test/"))
        return results[0]

    monkeypatch.setattr(engine, "_trained_and_measured", note)
    monkeypatch.setattr(real_rig, "write_outputs", lambda *args: "")
    monkeypatch.setitem(
        PROFILES, "smoke", PROFILES["smoke"].replaced(section, **change)
    )
    real_rig.run(options(rig, preset, out_dir, dome=dome))
    assert asked == expected


def test_without_a_dome_the_model_labels_itself(rig, preset, tmp_path):
    results, text = real_rig.run(
        options(rig, preset, tmp_path, split="validation", configurations=["adapted"])
    )
    assert names(results) == ["adapted_0", "adapted_4"]
    assert "frames 39 to 47" not in text and "both views agree" in text
    assert "report the test split" in text


def test_a_preset_with_named_points_has_columns_of_its_own(rig, tmp_path):
    joints = tmp_path / "joints"
    save_to_preset(joints, PoseEstimator(tiny(), LiftHead(25)))
    given = options(rig, joints, tmp_path / "out", precision="bfloat16")
    results, text = real_rig.run(given)
    columns = ["zero_shot_0", "tuned_joints_0", "supervised_4", "tuned_joints_4"]
    assert names(results) == columns
    assert results[1]["train_seconds"] > 0  # it learns without labels, too
    assert "adapted" not in text and "preset's joints, fine-tuned" in text
    assert "labelled by what it sees itself in all views" in text
    assert "| 0 | – | – |" in text  # there is no mean pose without labels
    again, _ = real_rig.run(dataclasses.replace(given, configurations=["zero_shot"]))
    assert again == results[:1]
    assert "supervised from scratch" in (tmp_path / "out/real_rig.md").read_text()
    for name in ("transferred", "adapted"):
        asked = options(rig, joints, tmp_path / name, configurations=[name])
        with pytest.raises(DatasetError, match="tuned_joints"):
            real_rig.run(asked)


def test_rows_and_columns():
    cells = real_rig.cells_of(Options(labels=[16, 0], seeds=[0, 1]))
    assert cells == [
        ("zero_shot", 0, 0),
        ("adapted", 0, 0),
        ("adapted", 0, 1),
        ("supervised", 16, 0),
        ("supervised", 16, 1),
        ("transferred", 16, 0),
        ("transferred", 16, 1),
        ("adapted", 16, 0),
        ("adapted", 16, 1),
    ]
    some = Options(seeds=[5], labels=[8], configurations=["adapted"])
    assert real_rig.cells_of(some) == [("adapted", 8, 5)]
    with pytest.raises(
        ValueError, match=r"must be among .* Received: \['fine_tuned'\]"
    ):
        real_rig.cells_of(Options(configurations=["fine_tuned"]))
    with pytest.raises(ValueError, match="There is no cell of"):
        real_rig.cells_of(Options(labels=[0], configurations=["supervised"]))


def test_what_cannot_be_run_is_refused_at_once(rig, preset, tmp_path):
    with pytest.raises(DatasetError, match="larger than the"):
        real_rig.run(options(rig, preset, tmp_path, labels=[10_000]))
    with pytest.raises(WeightsError, match="nowhere"):
        real_rig.run(options(rig, tmp_path / "nowhere", tmp_path))
    with pytest.raises(DatasetError, match="no prepared dataset"):
        real_rig.run(options(rig, preset, tmp_path, dome=tmp_path))
    headless = tmp_path / "headless"
    save_to_preset(headless, ViewSynthesizer.from_preset(preset))
    with pytest.raises(WeightsError, match="no pose_head"):
        real_rig.run(options(rig, headless, tmp_path))
