import dataclasses

import numpy as np
import pytest

from hand_geo_keras.datasets.split import split_in_time
from hand_geo_keras.errors import DatasetError
from hand_geo_keras.evaluation.predict import predict_poses
from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.pipelines.crop_stream import CropStream
from hand_geo_keras.training import tuned_joints as module
from hand_geo_keras.training.profiles import JointTuning
from hand_geo_keras.training.tuned_joints import (
    TunedJointsConfig,
    _joint_offsets,
    bone_length,
    joined,
    tuned_joints,
)
from tests import zoo
from tests.models.test_joint_encoder import tiny
from tests.pool import make_pool

pytestmark = pytest.mark.usefixtures("eager_training")
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


def test_weights_end_half_way_back(split, tmp_path):
    start = PoseEstimator(tiny(), LiftHead(25))
    labels, before = split.choose_labels(6), start.encoder.get_weights()

    def distance(kept):
        start.encoder.set_weights(before)  # trained in place
        training = dataclasses.replace(CONFIG.training, kept=kept, rendered_batch=0)
        config = dataclasses.replace(CONFIG, training=training)
        folder = tmp_path / str(kept)
        model = tuned_joints(split, labels, config, [Parent(start)], folder, seed=0)
        pairs = zip(model.encoder.get_weights(), before)
        return np.sqrt(sum(np.sum((new - old) ** 2) for new, old in pairs))

    tuned = distance(0.0)
    assert tuned > 0 and distance(1.0) == pytest.approx(0, abs=1e-6)
    assert distance(0.5) == pytest.approx(tuned / 2, rel=0.2)  # dropout differs


def test_without_labels_it_learns_from_what_all_views_see(split, tmp_path, monkeypatch):
    start, seen = PoseEstimator(tiny(), LiftHead(25)), []

    def spy(model, pool):
        seen.append((model, pool))
        return pool.select(np.arange(7))

    monkeypatch.setattr(module, "with_seen_joints", spy)
    before = start.encoder.get_weights()
    model = tuned_joints(split, None, CONFIG, [Parent(start)], tmp_path, seed=0)
    assert seen == [(start, split.unlabelled)]
    pairs = zip(model.encoder.get_weights(), before)
    assert any(not np.array_equal(new, old) for new, old in pairs)
    taught = split.unlabelled.select(np.arange(7))
    assert model.pose_head.total_bone_length == pytest.approx(
        np.median(bone_lengths(taught.joints).sum(1)), rel=1e-5
    )


def test_rendered_hands_are_moved_to_the_convention_of_the_start(
    split, tmp_path, monkeypatch
):
    """Half of the way back to the start's weights is half of its convention."""
    start = PoseEstimator(tiny(), LiftHead(25, joint_convention=True))
    offsets = np.random.default_rng(0).normal(0, 0.01, (9, 21, 3)).astype("float32")
    start.pose_head.get_layer("convention").offsets.assign(offsets)
    batches = []

    def spy(datasets):
        batches.extend(next(iter(dataset))[1] for dataset in datasets)
        return joined(datasets)

    monkeypatch.setattr(module, "joined", spy)
    labels = split.choose_labels(6)
    model = tuned_joints(split, labels, CONFIG, [Parent(start)], tmp_path, seed=0)
    stream = CropStream(tmp_path / "rendered", CONFIG.training.rendered_batch, 0)
    (_, plain), (_, rendered) = next(iter(stream.dataset())), batches
    given = {"latent_3d": plain["points"], "scale": plain["scale"]}
    expected = start.pose_head.get_layer("convention")(given)
    assert np.abs(plain["points"] - expected).max() > 1e-3
    np.testing.assert_allclose(rendered["points"], expected, atol=1e-5)
    np.testing.assert_allclose(
        model.pose_head.get_layer("convention").offsets, offsets / 2, rtol=1e-5
    )


def test_one_camera_teaches_nothing_without_labels(tmp_path):
    pool = make_pool(sequences=1, instants=48, views=1, crop_size=32, stored_size=40)
    alone = split_in_time(pool, ("test",))
    start = PoseEstimator(tiny(), LiftHead(25))
    with pytest.raises(DatasetError, match="two cameras"):
        tuned_joints(alone, None, CONFIG, [Parent(start)], tmp_path, seed=0)


def test_offsets_are_what_labels_differ_by_in_the_hands_axes(split):
    pool, views = split.train.pool, np.arange(8)
    model = PoseEstimator(tiny(), LiftHead(25, joint_offsets=True))
    rng = np.random.default_rng(0)
    offsets = np.r_[np.zeros((1, 3)), rng.normal(0, 5, (20, 3))]
    predicted = predict_poses(model, pool, views)
    along = predicted[:, 9] / np.linalg.norm(predicted[:, 9], axis=-1, keepdims=True)
    across = predicted[:, 5] - predicted[:, 17]
    across = across - (across * along).sum(-1, keepdims=True) * along
    across = across / np.linalg.norm(across, axis=-1, keepdims=True)
    axes = np.stack([across, along, np.cross(across, along)], axis=1)
    labelled = predicted + offsets @ axes

    class Labelled:
        """The pool with other labels."""

        def __getattr__(self, name):
            return getattr(pool, name)

        def poses(self, _):
            return labelled

    found = _joint_offsets(model, Labelled(), views)
    size = (794.0 / bone_lengths(labelled).sum(1))[:, None, None]
    expected = np.einsum("nja,nba->njb", labelled * size - predicted, axes).mean(0)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    model.pose_head.get_layer("lift").offsets.assign(found)
    before = np.linalg.norm(labelled * size - predicted, axis=-1).mean()
    after = predict_poses(model, pool, views)
    assert np.linalg.norm(labelled * size - after, axis=-1).mean() < 0.5 * before


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
