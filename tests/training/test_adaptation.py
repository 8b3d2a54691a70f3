"""What adaptation does to batch statistics, and labels of self-training."""

import keras
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.pipelines import fixed_quads
from hand_geo_keras.training import self_training_labels as module
from hand_geo_keras.training.adaptation import recalibrate_batch_norm
from hand_geo_keras.training.self_training_labels import (
    poses_over_rolls,
    with_self_training_labels,
)
from tests import zoo
from tests.pool import make_pool

ONE = (0.0,)  # roll


class Oracle:
    """Knows every pose of a pool; crops carry the number of their view in red."""

    def __init__(self, pool, noise=0.0):
        poses = pool.poses(np.arange(len(pool.images)))
        error = np.random.default_rng(0).normal(0, noise, poses.shape)
        self.answers = np.float32(poses + error * (poses != 0))

    def __call__(self, inputs, training=None):
        return self.answers[np.asarray(inputs["image"])[:, 0, 0, 0]]


def relative(pool):
    return pool.joints - pool.joints[:, :1]


def test_a_right_model_labels_rightly():
    pool = make_pool(sequences=1, instants=5, views=3)
    labelled = with_self_training_labels(Oracle(pool), pool, ONE)
    np.testing.assert_allclose(labelled.joints, relative(pool), atol=1e-2)
    assert labelled.valid.all()


def test_several_views_label_better_than_one():
    pool = make_pool(sequences=1, instants=20, views=4)
    oracle = Oracle(pool, noise=8.0)
    fused = np.abs(
        with_self_training_labels(oracle, pool, ONE).joints - relative(pool)
    ).mean()
    alone = np.abs(oracle.answers - pool.poses(np.arange(80))).mean()
    assert fused < 0.7 * alone


def test_labels_of_the_recording_are_not_looked_at():
    pool = make_pool(sequences=1, instants=5, views=3)
    oracle = Oracle(pool)
    expected = with_self_training_labels(oracle, pool, ONE)
    pool.joints[:] = np.nan
    pool.valid[:] = False
    again = with_self_training_labels(oracle, pool, ONE)
    np.testing.assert_array_equal(again.joints, expected.joints)
    assert again.labelled.all()


def test_an_instant_with_one_view_gets_no_label():
    pool = make_pool(sequences=1, instants=3, views=2)
    pool.num_views[1] = 1
    assert with_self_training_labels(Oracle(pool), pool, ONE).labelled.tolist() == [
        True,
        False,
        True,
    ]


class SeesUprightHandsOnly:
    """A hand's direction off a bright half; wrong where that half is not on top."""

    def __call__(self, inputs, training=None):
        image = np.asarray(inputs["image"], np.float32)[..., 0]
        size = image.shape[1] // 2
        y = image[:, :size].mean((1, 2)) - image[:, size:].mean((1, 2))
        x = image[:, :, :size].mean((1, 2)) - image[:, :, size:].mean((1, 2))
        up = np.stack([x, y, 0 * x], -1) / np.hypot(x, y)[:, None]
        poses = -up[:, None] * np.linspace(0, 80, 21)[:, None]
        wrong = np.random.default_rng(0).normal(0, 40, poses.shape)
        return np.where(y[:, None, None] > np.abs(x)[:, None, None], poses, wrong)


def test_poses_of_rolled_views_are_rotated_back():
    pool = make_pool(sequences=1, instants=2, views=2)
    pool.images[:] = 0
    pool.images[:, : pool.images.shape[1] // 2] = 255
    poses = poses_over_rolls(SeesUprightHandsOnly(), pool, (-30.0, 0.0, 30.0))
    assert poses.shape == (4, 3, 21, 3)
    expected = np.zeros((21, 3))
    expected[:, 1] = -np.linspace(0, 80, 21)
    np.testing.assert_allclose(poses, np.broadcast_to(expected, poses.shape), atol=12)


def test_rolls_help_where_a_model_is_wrong_about_an_unrolled_view():
    pool = make_pool(sequences=1, instants=3, views=2)
    # Both cameras lie on their sides.
    pool.rotations[:] = np.eye(3)
    half = pool.images.shape[1] // 2
    pool.images[:] = 0
    pool.images[:, :, :half] = 255
    label = with_self_training_labels(SeesUprightHandsOnly(), pool).joints
    expected = np.zeros((21, 3))
    expected[:, 0] = -np.linspace(0, 80, 21)
    scale = np.linalg.norm(expected) / np.linalg.norm(label[0])
    np.testing.assert_allclose(label[0] * scale, expected, atol=10)


def test_recalibration_changes_statistics_only():
    pool = make_pool(sequences=1, instants=4, views=2, crop_size=16)
    model = zoo.view_synthesizer()
    before = {w.path: w.numpy() for w in model.encoder.weights}
    recalibrate_batch_norm(model, fixed_quads(pool, 4, 2))
    changed = {
        w.path
        for w in model.encoder.weights
        if not np.array_equal(before[w.path], keras.ops.convert_to_numpy(w))
    }
    assert changed and all("moving" in path or "seed" in path for path in changed)
    assert any("moving_mean" in path for path in changed)


def seen(pool, monkeypatch, placed, poses):
    """`with_seen_joints` of a model that sees these joints and takes these poses."""
    monkeypatch.setattr(module, "triangulated_joints", lambda *_: (placed, poses))
    return module.with_seen_joints(None, pool)


def test_what_is_seen_rightly_becomes_the_label(monkeypatch):
    """Whatever the size of the hand that single views take it for."""
    pool = make_pool(sequences=1, instants=5, views=3)
    placed, poses = pool.joints.astype(float), pool.poses(np.arange(15))
    pool.joints[:] = np.nan  # not looked at
    labelled = seen(pool, monkeypatch, placed, 1.7 * poses)
    np.testing.assert_allclose(labelled.joints, placed, atol=1e-2)
    assert labelled.valid.all()


def test_labels_have_the_shape_of_poses_and_the_place_of_triangulated_joints(
    monkeypatch,
):
    pool = make_pool(sequences=1, instants=40, views=3)
    true = pool.joints.astype(float)
    noise = np.random.default_rng(0).normal(0, 3, true.shape)
    turned = Rotation.from_rotvec([0.2, 0.1, -0.1]).as_matrix()
    poses = pool.poses(np.arange(120)) @ pool.rotations  # in the world's axes
    poses = poses @ turned @ pool.rotations.transpose(0, 2, 1)
    labelled = seen(pool, monkeypatch, true + noise, poses)
    assert labelled.valid.all()
    # A similarity has 7 degrees of freedom, 21 joints have 63.
    error = np.sqrt(((labelled.joints - true) ** 2).mean())
    assert error == pytest.approx(3 * np.sqrt(7 / 63), rel=0.15)


def test_instants_whose_views_contradict_each_other_get_no_label(monkeypatch):
    pool = make_pool(sequences=1, instants=9, views=3)
    rng = np.random.default_rng(0)
    placed = pool.joints + rng.normal(0, 2, pool.joints.shape)
    placed[4] += rng.normal(0, 30, (21, 3))
    placed[7] = np.nan  # seen by a single camera
    labelled = seen(pool, monkeypatch, placed, pool.poses(np.arange(27)))
    assert np.flatnonzero(~labelled.labelled).tolist() == [4, 7]
    assert np.isfinite(labelled.joints).all()
