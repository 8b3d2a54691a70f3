"""Tests of measuring poses on prepared crops; figures are compared in the CLI's."""

import numpy as np
import pytest

from hand_geo_keras.datasets import Preparation, load_instants, prepare_recording
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation import evaluate_poses
from hand_geo_keras.evaluation.pose_errors import pose_errors
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.models.read_joints import read_joints
from hand_geo_keras.recordings import open_recording
from tests.models import numpy_networks
from tests.models.test_joint_encoder import tiny
from tests.prediction.conftest import Oracle
from tests.scenarios.tiny_rig import make_rig


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    recording = open_recording(make_rig(folder / "rig", num_frames=6))
    prepare_recording(
        recording, folder / "out", Preparation(crop_size=32, background_frames=3)
    )
    return folder / "out"


def test_the_error_of_a_model_that_always_says_the_same(prepared):
    pose = np.random.default_rng(0).normal(0, 40, (21, 3))
    figures = evaluate_poses(Oracle([pose] * 100), prepared)
    assert figures["instants"] == 6 and figures["views"] == 12
    assert figures["mpjpe"] >= figures["n_mpjpe"] >= figures["pa_mpjpe"] > 5
    assert 0 <= figures["pck_auc"] <= 1


def test_the_lens_is_told_to_models_that_ask_for_it(prepared):
    model, pool = PoseEstimator(tiny(), LiftHead(25)), load_instants(prepared)
    numpy_networks.randomize(model.encoder, seed=1)
    scales = pool.crop_size / 2 / pool.focals
    read = read_joints(model, {"image": pool.crops(range(12)), "scale": scales})
    truth, valid = pool.poses(range(12)), pool.validity(range(12))
    errors = pose_errors(truth, np.asarray(read["joints_mm"]), valid)
    figures = evaluate_poses(model, prepared)
    assert figures["n_mpjpe"] == pytest.approx(errors["n_mpjpe_mm"], abs=1e-3)
    assert figures["mpjpe"] == pytest.approx(errors["mpjpe_mm"], abs=1e-3)


def test_crops_of_another_size(prepared):
    model = Oracle([])
    model.encoder.image_size = 64
    with pytest.raises(DatasetError, match="crops of 32 px but the model takes 64 px"):
        evaluate_poses(model, prepared)


def test_a_split_that_is_none(prepared):
    with pytest.raises(ValueError, match="all, train, validation, test"):
        evaluate_poses(Oracle([]), prepared, "tests")
