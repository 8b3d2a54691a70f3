"""The trained presets on hands rendered anew, which are in no training set."""

import json

import numpy as np
import pytest

from hand_geo_keras.datasets import prepare_dataset
from hand_geo_keras.evaluation import mean_pose, n_mpjpe_of_each, predict_poses
from hand_geo_keras.models import PoseEstimator, ViewSynthesizer
from hand_geo_keras.pipelines import fixed_quads
from hand_geo_keras.preset_folders import SHIPPED, shipped_presets

SIDE = 128
SYNTHESIZING = [
    name
    for name in shipped_presets()
    if "decoder" in json.loads((SHIPPED / name / "config.json").read_text())
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    return prepare_dataset("synthetic_tiny", folder, SIDE, progress=False).load()


@pytest.mark.parametrize("name", shipped_presets())
def test_poses_are_far_better_than_the_mean_pose(name, tiny):
    train, test = tiny.train, tiny.measured["test"]
    predicted = predict_poses(PoseEstimator.from_preset(name), test.pool, test.views)
    mean = mean_pose(train.pool, train.views, test)
    ours, baseline = (
        n_mpjpe_of_each(test.poses, poses, test.valid).mean()
        for poses in (predicted, mean)
    )
    assert ours < 0.7 * baseline


@pytest.mark.parametrize("name", SYNTHESIZING)
def test_other_views_are_better_than_the_background(name, tiny):
    model = ViewSynthesizer.from_preset(name)
    quads = next(iter(fixed_quads(tiny.measured["test"].pool, 8, 8)))
    decoded = model(quads, training=False)
    images = np.asarray(model.normalize(quads["image"]))
    backgrounds = np.asarray(model.normalize(quads["background"]))
    decoded = np.reshape(decoded["image"], images.shape)
    hand = np.abs(images - backgrounds).mean(-1) > 0.3
    ours, baseline = (
        np.abs(image - images)[hand].mean() for image in (decoded, backgrounds)
    )
    assert ours < 0.8 * baseline
