import dataclasses
import json

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.errors import DatasetError
from hand_geo_keras.scenarios.recording_profiles import PROFILES
from hand_geo_keras.scenarios.recording_run import run_recording, summary
from tests.callbacks.event_files import read_images
from tests.scenarios.tiny_rig import make_rig

PROFILE = dataclasses.replace(
    PROFILES["smoke"], view_steps=2, pose_steps=2, semi_steps=2, labels=4, quads=1
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    rig = make_rig(folder / "rig")
    metrics = run_recording(rig, folder / "out", PROFILE, features=None)
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
    assert {"mean_pose", "supervised", "pre_trained", "semi_supervised"} <= set(
        metrics["n_mpjpe_mm"]
    )
    assert "random" in metrics["features"]
    train, test = metrics["frames"]["train"], metrics["frames"]["test"]
    assert train[1] + 5 < test[0]
    assert "N-MPJPE" in summary(metrics)


def test_panel_is_a_picture(run):
    _, out_dir, _ = run
    panel = cv2.imread(str(out_dir / "panel.png"))
    assert panel.shape[0] > 500 and panel.std() > 10


def test_tensorboard_shows_how_views_were_learned(run):
    _, out_dir, _ = run
    for training in ("view_synthesis", "semi_supervised"):
        images = read_images(out_dir / "logs" / training / "pictures")
        assert sorted(images["novel_views"]) == [0]  # the only epoch


def test_saved_models_predict_poses(run):
    _, out_dir, _ = run
    image = np.zeros((1, 32, 32, 3), np.uint8)
    for name in ("supervised", "pre_trained", "semi_supervised"):
        model = keras.saving.load_model(out_dir / f"{name}.keras", compile=False)
        assert model({"image": image}).shape == (1, 21, 3)


def test_a_second_call_trains_nothing_and_measures_the_same(run):
    rig, out_dir, metrics = run
    before = {path: path.stat().st_mtime_ns for path in out_dir.glob("*.keras")}
    again = run_recording(rig, out_dir, PROFILE, features=None)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    for key in ("view_synthesis", "n_mpjpe_mm"):
        assert again[key] == metrics[key]


def test_other_settings_do_not_overwrite_a_run(run):
    rig, out_dir, _ = run
    with pytest.raises(DatasetError, match="other settings"):
        run_recording(rig, out_dir, PROFILE, features=None, seed=1)
