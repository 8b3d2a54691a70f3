import dataclasses

import numpy as np
import pytest

from hand_geo_keras.datasets.split import split_in_time
from hand_geo_keras.evaluation.predict import predict_poses
from hand_geo_keras.models import CompactEncoder, PoseEstimator, ViewSynthesizer
from hand_geo_keras.training import bootstrapped as module
from hand_geo_keras.training.bootstrapped import BootstrappedConfig, bootstrapped
from hand_geo_keras.training.profiles import Bootstrapping
from tests import zoo
from tests.pool import make_pool

pytestmark = pytest.mark.usefixtures("eager_training")
SIZE = 32
FEW = {"rounds": 2, "min_steps": 2, "max_steps": 2, "batch": 3, "pseudo_batch": 2}
CONFIG = BootstrappedConfig(Bootstrapping(**FEW))


def synthesizer():
    size = {"image_size": SIZE}
    return ViewSynthesizer(zoo.compact_encoder(**size), zoo.compact_decoder(**size))


class Parent:
    """A finished job with a view synthesizer."""

    def __init__(self):
        self.model = synthesizer()

    def view_synthesizer(self):
        return self.model

    def cached(self, name, compute):
        return compute()


@pytest.fixture(scope="module")
def split():
    pool = make_pool(sequences=1, instants=48, crop_size=SIZE, stored_size=SIZE + 8)
    return split_in_time(pool, ("test",))


def rounds_of(split, labels, folder, monkeypatch):
    """What every round was trained on: `(pool, annotated views, other views)`."""
    rounds, train = [], module._train

    def spy(encoder, pool, annotated, others, *rest):
        rounds.append((pool, annotated, others))
        train(encoder, pool, annotated, others, *rest)

    monkeypatch.setattr(module, "_train", spy)
    model = bootstrapped(split, labels, CONFIG, [Parent()], folder, seed=0)
    return model, rounds


def test_annotated_instants_keep_their_labels_and_others_get_new_ones_each_round(
    split, tmp_path, monkeypatch
):
    labels = split.choose_labels(5)
    model, rounds = rounds_of(split, labels, tmp_path, monkeypatch)
    assert isinstance(model, PoseEstimator) and model.encoder.named_joints
    true, (first, second) = split.unlabelled, rounds
    known = np.unique(true.instant_of_view[split.in_unlabelled(labels)])
    for pool, annotated, others in rounds:
        np.testing.assert_array_equal(pool.joints[known], true.joints[known])
        assert set(true.instant_of_view[annotated]) == set(known)
        assert not set(true.instant_of_view[others]) & set(known)
    unknown = np.setdiff1d(np.unique(true.instant_of_view[second[2]]), known)
    assert not np.isclose(first[0].joints[unknown], true.joints[unknown]).any()
    assert not np.isclose(second[0].joints[unknown], first[0].joints[unknown]).all()
    views = np.arange(3)
    assert predict_poses(model, true, views).shape == (3, 21, 3)


def test_where_all_is_annotated_there_is_one_round(split, tmp_path, monkeypatch):
    labels = split.train.views
    alone = dataclasses.replace(split, head_views=labels)
    _, rounds = rounds_of(alone, labels, tmp_path, monkeypatch)
    ((pool, annotated, others),) = rounds
    assert pool is split.unlabelled and len(annotated) and not len(others)


def test_a_finished_round_is_not_trained_again(split, tmp_path):
    labels = split.choose_labels(5)
    bootstrapped(split, labels, CONFIG, [Parent()], tmp_path, seed=0)
    before = (tmp_path / "round0.weights.h5").stat().st_mtime_ns
    (tmp_path / "round1.weights.h5").unlink()
    bootstrapped(split, labels, CONFIG, [Parent()], tmp_path, seed=0)
    assert (tmp_path / "round0.weights.h5").stat().st_mtime_ns == before
    assert (tmp_path / "round1.weights.h5").exists()


def test_joints_that_follow_from_latent_points_are_found_where_nothing_is_labelled():
    pool = make_pool(instants=120)
    rng = np.random.default_rng(0)
    # Latent points of which the joints are weighted sums.
    weights = rng.normal(size=(30, 21))
    points = np.einsum("nj,ijc->inc", weights, pool.joints)
    points += pool.joints.mean(1, keepdims=True) * (1 - weights.sum(1))[:, None]
    known = np.arange(len(pool)) < 2 * len(pool) // 3
    hidden = dataclasses.replace(
        pool, joints=np.where(known[:, None, None], pool.joints, 0)
    )
    labelled = module._labelled(hidden, known, points, ridge=1e-9)
    np.testing.assert_allclose(labelled.joints, pool.joints, atol=2)


def test_a_batch_has_as_many_annotated_images_as_all_have(split, tmp_path, monkeypatch):
    """And never fewer than the least number of them."""
    config = BootstrappedConfig(
        dataclasses.replace(CONFIG.training, batch=3, pseudo_batch=17)
    )
    batches, stream = [], module.CropStream
    monkeypatch.setattr(
        module,
        "CropStream",
        lambda views, size, *args, **kwargs: (
            batches.append(size) or stream(views, size, *args, **kwargs)
        ),
    )
    shares = []
    for count in (2, len(split.train.views) // 2):
        labels = split.choose_labels(count)
        known = np.unique(split.unlabelled.instant_of_view[split.in_unlabelled(labels)])
        shares.append(
            np.isin(split.unlabelled.instant_of_view[split.head_views], known).mean()
        )
        folder = tmp_path / str(count)
        bootstrapped(split, labels, config, [Parent()], folder, seed=0)
    few, half = np.reshape(batches, (2, -1, 2))
    assert (few == [3, 17]).all() and shares[0] < 3 / 20
    assert (half == [round(shares[1] * 20), 20 - round(shares[1] * 20)]).all()


def test_the_encoder_keeps_what_was_pre_trained():
    before = synthesizer().encoder
    after = module._encoder(before)
    assert isinstance(after, CompactEncoder) and after.num_points == 21
    for layer in before.layers:
        if layer.name.startswith(("stage", "join", "whole")):
            for old, new in zip(
                layer.get_weights(), after.get_layer(layer.name).get_weights()
            ):
                np.testing.assert_array_equal(old, new)
