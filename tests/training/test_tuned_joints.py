import dataclasses

import numpy as np
import pytest

from hand_geo_keras.datasets.split import split_in_time
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.training.profiles import JointTuning
from hand_geo_keras.training.tuned_joints import (
    TunedJointsConfig,
    bone_length,
    tuned_joints,
)
from tests import zoo
from tests.models.test_joint_encoder import tiny
from tests.pool import make_pool

FEW = {"min_steps": 2, "max_steps": 2, "batch": 3, "rendered_instants": 1}
CONFIG = TunedJointsConfig(JointTuning(rendered_batch=2, **FEW), 32)


class Parent:
    """A trained model to start from."""

    def __init__(self, model):
        self.model = model

    def pose_estimator(self):
        return self.model


@pytest.fixture(scope="module")
def split():
    pool = make_pool(sequences=1, instants=48, crop_size=32, stored_size=40)
    return split_in_time(pool, ("test",))


def test_the_encoder_learns_and_its_statistics_stay(split, tmp_path):
    start = PoseEstimator(tiny(), LiftHead(25))
    before = {weight.path: weight.numpy() for weight in start.encoder.weights}
    labels = split.choose_labels(6)
    model = tuned_joints(split, labels, CONFIG, [Parent(start)], tmp_path, seed=0)
    after = {weight.path: weight.numpy() for weight in model.encoder.weights}
    assert list(after) == list(before)
    moved = {path for path in before if not np.array_equal(before[path], after[path])}
    assert any("to_heatmaps" in path for path in moved)
    assert not any("moving_" in path for path in moved)
    assert (tmp_path / "rendered").is_dir()
    joints = split.train.pool.joints
    assert model.pose_head.total_bone_length == pytest.approx(
        bone_length(split.train.pool, labels)
    )
    assert joints.shape[1:] == (21, 3)


def test_poses_have_the_size_of_the_labelled_hand(split):
    pool = dataclasses.replace(split.train.pool)
    lengths = [
        sum(
            np.linalg.norm(hand[child] - hand[parent])
            for finger in range(5)
            for parent, child in zip(
                [0, *range(4 * finger + 1, 4 * finger + 4)],
                range(4 * finger + 1, 4 * finger + 5),
            )
        )
        for hand in pool.joints
    ]
    found = bone_length(pool, np.arange(len(pool.images)))
    assert found == pytest.approx(np.median(lengths), rel=1e-5)


def test_incomplete_hands_leave_the_size_of_an_average_adult(split):
    pool = split.train.pool
    valid = pool.valid.copy()
    valid[:, 7] = False
    pool = dataclasses.replace(pool, valid=valid)
    assert bone_length(pool, [0, 1]) == LiftHead.average_bone_length


def test_a_model_without_named_points_is_refused(split, tmp_path):
    parent = Parent(zoo.pose_estimator())
    with pytest.raises(DatasetError, match="hand_128"):
        tuned_joints(split, [0], CONFIG, [parent], tmp_path, seed=0)
