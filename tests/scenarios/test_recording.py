import base64
import json
import re
import shutil
from unittest import mock

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.datasets import Preparation, prepare_recording
from hand_geo_keras.datasets.prepared_data import open_prepared_one
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.models import LiftHead, PoseEstimator, save_to_preset
from hand_geo_keras.prediction.pose_model import load_pose_model
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.scenarios import recording, run_metrics
from hand_geo_keras.scenarios.recording import summary, train_recording
from hand_geo_keras.scenarios.run_data import of_crop_size, recording_name
from hand_geo_keras.scenarios.run_report import verdict
from hand_geo_keras.training.profiles import PROFILES
from tests.callbacks.event_files import read_images
from tests.models.test_joint_encoder import tiny
from tests.scenarios.tiny_rig import make_rig

pytestmark = pytest.mark.usefixtures("eager_training")

PROFILE = PROFILES["smoke"]
METHODS = ("fine_tuned", "supervised")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    rig = make_rig(folder / "rig")
    metrics = train_recording(rig, folder / "out", PROFILE, METHODS, 4, features=None)
    return rig, folder / "out", metrics


def test_metrics_say_what_was_measured(run):
    _, out_dir, metrics = run
    assert json.loads((out_dir / "metrics.json").read_text()) == metrics
    views = metrics["view_synthesis"]
    assert set(views["baselines"]) == {
        "background",
        "source",
        "mean_image",
        "mean_colour",
        "nearest_neighbour",
    }
    assert all(np.isfinite([views["psnr_hand_db"], views["psnr_hand_train_db"]]))
    compared = {"mean_pose", "nearest_neighbour", "hand_128", *METHODS}
    assert set(metrics["n_mpjpe_mm"]) == compared
    assert set(metrics["pa_mpjpe_mm"]) == {"constant_articulation", *compared}
    assert metrics["features"].startswith("no features")
    train, test = metrics["frames"]["train"], metrics["frames"]["test"]
    assert train[1] + 5 < test[0]
    (line,) = [t for t in summary(metrics).splitlines() if "fine tuned" in t]
    errors = [metrics[name]["fine_tuned"] for name in ("n_mpjpe_mm", "pa_mpjpe_mm")]
    assert line.split()[-2:] == [f"{error:.2f}" for error in errors]
    assert summary(metrics).splitlines()[-1] == verdict(metrics)


def test_the_report_says_what_was_learned_and_what_would_help(run):
    _, out_dir, metrics = run
    page = (out_dir / "report.html").read_text()
    name, error = metrics["model"], metrics["n_mpjpe_mm"]["fine_tuned"]
    assert name == "fine_tuned"
    assert f"fine tuned with 4 annotated images, N-MPJPE {error:.1f} mm" in page
    assert "Before and after: hand_128" in page and "resized from 32 to its 128" in page
    baseline = metrics["pa_mpjpe_mm"]["constant_articulation"]
    assert f"One constant articulation for all images has {baseline:.1f} mm" in page
    for camera in ("left", "right"):
        assert f"<td>{camera}</td>" in page
    first, last, _ = metrics["frames"]["test"]
    shown = [int(n) for n in re.findall(r"<figcaption>frame (\d+), ", page)]
    assert len(set(shown)) == len(shown) == 6
    assert first <= min(shown) and max(shown) <= last
    panel = base64.b64encode((out_dir / "panel.png").read_bytes()).decode()
    assert panel in page


def test_what_is_prepared_is_not_prepared_again(run, tmp_path):
    rig, _, metrics = run
    prepared = tmp_path / "prepared"
    prepare_recording(open_recording(rig), prepared, Preparation(crop_size=32))
    before = {path: path.stat().st_mtime_ns for path in prepared.iterdir()}
    again = train_recording(prepared, tmp_path / "out", PROFILE, ["supervised"], 4)
    assert {path: path.stat().st_mtime_ns for path in prepared.iterdir()} == before
    assert not (tmp_path / "out" / "prepared").exists()
    for name, error in again["n_mpjpe_mm"].items():
        assert error == pytest.approx(metrics["n_mpjpe_mm"][name], abs=0.1)
    assert again["preparation"] == metrics["preparation"]
    data, _ = open_prepared_one(prepared)
    assert data.load().name == "rig"


def test_what_is_prepared_otherwise_is_refused(run, tmp_path):
    prepared = run[1] / "prepared"
    for asked in ({"crop_size": 64}, {"detector": lambda camera, image: None}):
        with pytest.raises(DatasetError, match="holds crops of 32 px"):
            train_recording(prepared, tmp_path, PROFILE, METHODS, 4, **asked)
    with pytest.raises(DatasetError, match="takes crops of 128 px, not of 32"):
        train_recording(prepared, tmp_path, PROFILE, METHODS, 4, start="hand_128")
    shutil.copy(prepared / "preparation.json", tmp_path)
    with pytest.raises(DatasetError, match="was not finished"):
        train_recording(tmp_path, tmp_path / "out", PROFILE, METHODS, 4)


def test_crops_of_another_size_get_networks_of_that_size():
    standard = PROFILES["standard"]
    assert of_crop_size(standard, 64) is of_crop_size(standard, None) is standard
    network = of_crop_size(standard, 128).network
    assert (network.preset, network.image_size) == ("compact_128", 128)
    network = of_crop_size(standard, 96).network
    assert (network.preset, network.image_size) == ("compact_64", 96)
    assert of_crop_size(PROFILE, 128).network.widths == PROFILE.network.widths


def test_epochs_are_those_asked_for():
    profile = PROFILES["standard"].with_epochs(3)
    assert profile.fine_tuned.steps(320) == 3 * 320 / profile.fine_tuned.batch
    assert profile.head.steps(64) == 3 and profile.supervised.steps(6400) == 1200
    assert profile.pre_training == PROFILES["standard"].pre_training
    for epochs in (0, float("inf")):
        with pytest.raises(ValueError, match="must be positive"):
            PROFILE.with_epochs(epochs)


def test_panel_is_an_image(run):
    _, out_dir, _ = run
    panel = cv2.imread(str(out_dir / "panel.png"))
    assert panel.shape[0] > 500 and panel.std() > 10


def test_tensorboard_shows_how_views_were_learned(run):
    _, out_dir, _ = run
    for job in ("encoders/augmented_s0", "cells/fine_tuned_4_s0"):
        images = read_images(out_dir / job / "logs" / "images")
        assert sorted(images["novel_views"]) == [0]  # the only epoch


def test_the_models_of_the_run_are_those_of_its_first_method(run):
    _, out_dir, _ = run
    image = np.random.default_rng(0).integers(0, 255, (1, 32, 32, 3), np.uint8)
    cell = out_dir / "cells" / "fine_tuned_4_s0"
    poses, points = [], []
    for folder in (out_dir, cell):
        model = keras.saving.load_model(folder / "model.keras", compile=False)
        poses.append(model({"image": image}))
        model = keras.saving.load_model(
            folder / "view_synthesizer.keras", compile=False
        )
        points.append(model.encode(image)["latent_3d"])
    assert poses[0].shape == (1, 21, 3)
    np.testing.assert_array_equal(*poses)
    np.testing.assert_array_equal(*points)


def test_a_second_call_trains_nothing_and_may_add_a_method(run):
    rig, out_dir, metrics = run
    before = {path: path.stat().st_mtime_ns for path in out_dir.glob("*/*/*.keras")}
    methods = (*METHODS, "pre_trained_aug")
    again = train_recording(rig, out_dir, PROFILE, methods, 4, features=None)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert again["view_synthesis"] == metrics["view_synthesis"]
    for name, error in metrics["n_mpjpe_mm"].items():
        assert again["n_mpjpe_mm"][name] == pytest.approx(error, abs=1e-3)
    assert 1 < again["n_mpjpe_mm"]["pre_trained_aug"] < 200


def test_other_settings_do_not_overwrite_a_run(run):
    rig, out_dir, _ = run
    with pytest.raises(DatasetError, match="other settings"):
        train_recording(rig, out_dir, PROFILE, METHODS, 4, features=None, seed=1)


def test_another_recording_does_not_overwrite_a_run(run):
    rig, out_dir, _ = run
    other = rig.with_name("other")
    with pytest.raises(DatasetError, match=r"other settings \(recording\)"):
        train_recording(other, out_dir, PROFILE, METHODS, 4, features=None)
    assert recording_name(out_dir / "prepared") == recording_name(rig) == "rig"


def test_what_a_run_is_compared_with_may_be_called_like_a_method(run, monkeypatch):
    _, out_dir, metrics = run
    split = open_prepared_one(out_dir / "prepared")[0].load()
    job = mock.Mock(annotations=4, seed=0, configuration="supervised")
    result = json.loads((out_dir / "cells/supervised_4_s0/result.json").read_text())
    other = json.loads((out_dir / "cells/fine_tuned_4_s0/result.json").read_text())
    monkeypatch.setattr(run_metrics, "_before", lambda name, part: (other["test"], ""))
    found = run_metrics.run_metrics(split, "test", [job], {job: result}, "supervised")
    assert found["before"] == "./supervised" and found["model"] == "supervised"
    expected = metrics["n_mpjpe_mm"]
    assert found["n_mpjpe_mm"]["supervised"] == expected["supervised"]
    assert found["n_mpjpe_mm"]["./supervised"] == expected["fine_tuned"]


def test_a_name_is_shown_as_it_is():
    metrics = {"before": "banana", "model": "supervised", "labels": 4, "seconds": {}}
    errors = {"banana": 20.0, "supervised": 30.0}
    metrics |= {"n_mpjpe_mm": errors, "features": None}
    metrics["pa_mpjpe_mm"] = {"constant_articulation": 9.0, **errors}
    lines = [line.split() for line in summary(metrics).splitlines()]
    assert ["before:", "banana", "20.00", "20.00"] in lines
    assert ["constant", "articulation", "–", "9.00"] in lines


def test_a_panel_of_another_method_is_removed(tmp_path):
    (tmp_path / "panel.png").touch()
    assert recording._view_metrics(None, tmp_path, None) == {}
    assert not (tmp_path / "panel.png").exists()


def test_what_cannot_be_trained_is_refused_at_once(run, tmp_path):
    rig = run[0]
    with pytest.raises(DatasetError, match="no method 'best'"):
        train_recording(rig, tmp_path, PROFILE, ["best"])
    with pytest.raises(DatasetError, match="no method 'plain'"):
        train_recording(rig, tmp_path, PROFILE, ["plain"])
    with pytest.raises(DatasetError, match="no method 'bootstrapped'"):
        train_recording(rig, tmp_path, PROFILES["quick"], ["bootstrapped"])
    for name in ("zero_shot", "transferred", "adapted"):
        with pytest.raises(DatasetError, match="--start=runs/my_dome"):
            train_recording(rig, tmp_path, PROFILE, [name])
    with pytest.raises(DatasetError, match="'supervised' learns from 1 or more"):
        train_recording(rig, tmp_path, PROFILE, ["supervised"], 0)
    with pytest.raises(DatasetError, match="--label_budget=-3"):
        train_recording(rig, tmp_path, PROFILE, ["supervised"], -3)
    assert list(tmp_path.iterdir()) == []


def test_named_joints_are_tuned_without_labels(run, tmp_path):
    rig = run[0]
    save_to_preset(tmp_path / "joints", PoseEstimator(tiny(), LiftHead(25)))
    start, out_dir = tmp_path / "joints", tmp_path / "out"
    metrics = train_recording(rig, out_dir, PROFILE, ["tuned_joints"], 0, start=start)
    assert metrics["labels"] == 0 and metrics["model"] == "tuned_joints"
    # No baseline is made of labels.
    assert set(metrics["n_mpjpe_mm"]) == {str(start), "tuned_joints"}
    assert set(metrics["pa_mpjpe_mm"]) == {str(start), "tuned_joints"}
    page = (out_dir / "report.html").read_text()
    assert "tuned joints with 0 annotated images" in page
    assert "The mean training pose was not measured here." in page
    assert "test part, 0 labels" in summary(metrics)
    before = PoseEstimator.from_preset(start).encoder.get_weights()
    after = load_pose_model(out_dir).encoder.get_weights()
    assert any(not np.array_equal(*pair) for pair in zip(before, after))


def test_too_many_labels_do_not_spoil_the_folder(run, tmp_path):
    """The next call, with fewer, is not taken for one with other settings."""
    with pytest.raises(DatasetError, match="larger than the"):
        train_recording(run[0], tmp_path, PROFILE, ["supervised"], 9999)
    metrics = train_recording(run[0], tmp_path, PROFILE, ["supervised"], 4)
    assert metrics["labels"] == 4
