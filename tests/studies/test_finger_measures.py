import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.datasets.split import Part, Split
from hand_geo_keras.evaluation import constant_articulation, measure_poses
from hand_geo_keras.evaluation.hand_region import finger_region, hand_region
from hand_geo_keras.evaluation.predict import hand_places
from hand_geo_keras.models import ViewSynthesizer
from hand_geo_keras.studies import finger_measures as module
from hand_geo_keras.training.trained import TrainedFolder, save_models
from tests import zoo
from tests.pool import make_pool

RNG = np.random.default_rng(0)


def every_view(pool):
    return Part(pool, np.flatnonzero(pool.labelled[pool.instant_of_view]))


@pytest.fixture(scope="module")
def data():
    pool = make_pool(instants=120, views=2)
    half = len(pool) // 2
    first, second = (pool.select(np.arange(*i)) for i in ((0, half), (half, len(pool))))
    train, test = every_view(first), every_view(second)
    return Split("", "", train, train.pool, train.views, {"test": test}, {})


def latents_by(function):
    """Stands in for `latents_of`."""

    def latents(trained, model, split, part):
        pool, views = split.unlabelled, np.arange(len(split.unlabelled.images))
        if part != "unlabelled":
            pool, views = split.measured[part].pool, split.measured[part].views
        return (
            function(pool.poses(views))
            / hand_places(pool, views)["crop_scale"][:, None, None]
        )

    return latents


def test_points_from_which_joints_follow_linearly_leave_no_error(data, monkeypatch):
    mixed = RNG.normal(size=(24, 21)) / 21
    mixed += (1 - mixed.sum(1, keepdims=True)) / 21
    monkeypatch.setattr(module, "latents_of", latents_by(lambda poses: mixed @ poses))
    error = module.read_out_error(None, None, data, "test")
    constant = constant_articulation(
        data.train.pool, data.train.views, data.measured["test"]
    )
    reference = measure_poses(data.measured["test"], constant)["pa_mpjpe_mm"]
    assert error < 0.5 * reference


def test_points_that_tell_orientation_only_leave_the_constant_articulations_error(
    data, monkeypatch
):
    """All of them lie on a rigid body that turns with the hand."""
    body = RNG.normal(size=(8, 3)) * 50

    def rigid(poses):
        palm = [0, 5, 9, 17]
        turns = [
            Rotation.align_vectors(pose[palm], poses[0, palm])[0].as_matrix()
            for pose in poses - poses[:, palm].mean(1, keepdims=True)
        ]
        return body @ np.swapaxes(turns, 1, 2)

    monkeypatch.setattr(module, "latents_of", latents_by(rigid))
    part = data.measured["test"]
    constant = constant_articulation(data.train.pool, data.train.views, part)
    reference = measure_poses(part, constant)["pa_mpjpe_mm"]
    assert module.read_out_error(None, None, data, "test") > 0.9 * reference


def test_labels_of_the_measured_part_are_not_looked_at(data, monkeypatch):
    monkeypatch.setattr(module, "latents_of", latents_by(lambda poses: poses))
    part, seen = data.measured["test"], {}

    def spy(points, joints, valid):
        seen.update(joints=joints, valid=valid)
        return np.ones_like(joints)

    monkeypatch.setattr(module, "joints_from_points", spy)
    module.read_out_error(None, None, data, "test")
    assert not seen["joints"][-len(part.views) :].any()
    assert not seen["valid"][-len(part.views) :].any()


def test_fingers_are_a_part_of_the_hand_without_the_palm(data):
    pool = data.train.pool
    views = data.train.views[:20]
    fingers, hand = finger_region(pool, views), hand_region(pool, views)
    assert fingers.any((1, 2)).all()
    assert (fingers & ~hand).mean() == 0
    assert fingers.sum() < hand.sum()


def test_joints_without_a_label_bound_no_region(data):
    pool = data.train.pool
    views = data.train.views[:4]
    valid = pool.valid.copy()
    valid[:, 13:] = False
    joints = np.where(valid[..., None], pool.joints, 0)
    partly = dataclasses.replace(pool, joints=joints, valid=valid)
    region, whole = finger_region(partly, views), finger_region(pool, views)
    assert region.any() and not (region & ~whole).any() and region.sum() < whole.sum()


def test_measures_are_computed_once(data, tmp_path, monkeypatch):
    side = data.train.pool.crop_size
    model = ViewSynthesizer(
        zoo.compact_encoder(image_size=side), zoo.compact_decoder(image_size=side)
    )
    save_models(tmp_path, model)
    encoder = TrainedFolder(str(tmp_path))
    first = module.finger_measures(encoder, data)
    assert set(first) == {"test"} and set(first["test"]) == set(module.MEASURES)
    assert np.isfinite(list(first["test"].values())).all()
    monkeypatch.setattr(module, "read_out_error", None)
    assert module.finger_measures(encoder, data) == first
