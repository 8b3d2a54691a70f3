import json

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios.recording import summary, train_recording
from hand_geo_keras.training.profiles import PROFILES
from tests.callbacks.event_files import read_images
from tests.scenarios.tiny_rig import make_rig

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
    assert set(metrics["n_mpjpe_mm"]) == {"mean_pose", "nearest_neighbour", *METHODS}
    assert metrics["features"].startswith("no features")
    train, test = metrics["frames"]["train"], metrics["frames"]["test"]
    assert train[1] + 5 < test[0]
    assert "N-MPJPE" in summary(metrics) and "fine tuned" in summary(metrics)


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
        assert again["n_mpjpe_mm"][name] == error
    assert 1 < again["n_mpjpe_mm"]["pre_trained_aug"] < 200


def test_other_settings_do_not_overwrite_a_run(run):
    rig, out_dir, _ = run
    with pytest.raises(DatasetError, match="other settings"):
        train_recording(rig, out_dir, PROFILE, METHODS, 4, features=None, seed=1)


def test_what_cannot_be_trained_is_refused_at_once(run, tmp_path):
    rig = run[0]
    with pytest.raises(DatasetError, match="no method 'best'"):
        train_recording(rig, tmp_path, PROFILE, ["best"])
    with pytest.raises(DatasetError, match="no method 'plain'"):
        train_recording(rig, tmp_path, PROFILE, ["plain"])
    for name in ("zero_shot", "transferred", "adapted"):
        with pytest.raises(DatasetError, match="--start=compact_128"):
            train_recording(rig, tmp_path, PROFILE, [name])
    assert list(tmp_path.iterdir()) == []
