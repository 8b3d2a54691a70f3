"""What adaptation may look at, and the labels that a model gives itself."""

import keras
import numpy as np
import pytest

from hand_geo_keras.datasets import Preparation, prepare_recording
from hand_geo_keras.pipelines import fixed_quads
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.scenarios.real_rig_adaptation import settle_statistics
from hand_geo_keras.scenarios.real_rig_data import load_rig_data, rehearsal_pool
from hand_geo_keras.scenarios.self_labels import poses_over_rolls, self_labelled
from tests import zoo
from tests.pool import make_pool
from tests.scenarios.tiny_dome import make_dome
from tests.scenarios.tiny_rig import make_rig

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
    labelled = self_labelled(Oracle(pool), pool, ONE)
    np.testing.assert_allclose(labelled.joints, relative(pool), atol=1e-2)
    assert labelled.valid.all()


def test_several_views_label_better_than_one():
    pool = make_pool(sequences=1, instants=20, views=4)
    oracle = Oracle(pool, noise=8.0)
    fused = np.abs(self_labelled(oracle, pool, ONE).joints - relative(pool)).mean()
    alone = np.abs(oracle.answers - pool.poses(np.arange(80))).mean()
    assert fused < 0.7 * alone


def test_labels_of_the_footage_are_not_looked_at():
    pool = make_pool(sequences=1, instants=5, views=3)
    oracle = Oracle(pool)
    expected = self_labelled(oracle, pool, ONE)
    pool.joints[:] = np.nan
    pool.valid[:] = False
    again = self_labelled(oracle, pool, ONE)
    np.testing.assert_array_equal(again.joints, expected.joints)
    assert again.labelled.all()


def test_an_instant_with_one_view_gets_no_label():
    pool = make_pool(sequences=1, instants=3, views=2)
    pool.num_views[1] = 1
    assert self_labelled(Oracle(pool), pool, ONE).labelled.tolist() == [
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


def test_poses_of_rolled_views_are_turned_back():
    pool = make_pool(sequences=1, instants=2, views=2)
    pool.images[:] = 0
    pool.images[:, : pool.images.shape[1] // 2] = 255
    poses = poses_over_rolls(SeesUprightHandsOnly(), pool, (-30.0, 0.0, 30.0))
    assert poses.shape == (4, 3, 21, 3)
    expected = np.zeros((21, 3))
    expected[:, 1] = -np.linspace(0, 80, 21)
    np.testing.assert_allclose(poses, np.broadcast_to(expected, poses.shape), atol=12)


def test_rolls_help_where_a_model_is_wrong_about_a_view_as_it_is():
    pool = make_pool(sequences=1, instants=3, views=2)
    # Both cameras lie on their sides.
    pool.rotations[:] = np.eye(3)
    half = pool.images.shape[1] // 2
    pool.images[:] = 0
    pool.images[:, :, :half] = 255
    label = self_labelled(SeesUprightHandsOnly(), pool).joints
    expected = np.zeros((21, 3))
    expected[:, 0] = -np.linspace(0, 80, 21)
    scale = np.linalg.norm(expected) / np.linalg.norm(label[0])
    np.testing.assert_allclose(label[0] * scale, expected, atol=10)


def test_settling_changes_statistics_only():
    pool = make_pool(sequences=1, instants=4, views=2, crop_size=16)
    model = zoo.view_synthesizer()
    before = {w.path: w.numpy() for w in model.encoder.weights}
    settle_statistics(model, fixed_quads(pool, 4, 2))
    changed = {
        w.path
        for w in model.encoder.weights
        if not np.array_equal(before[w.path], keras.ops.convert_to_numpy(w))
    }
    assert changed and all("moving" in path or "seed" in path for path in changed)
    assert any("moving_mean" in path for path in changed)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    recording = open_recording(make_rig(folder / "my_rig"))
    preparation = Preparation(crop_size=32)
    prepare_recording(recording, folder / "prepared", preparation, progress=False)
    return str(folder / "prepared")


def frames(data):
    return data.pool.frames[data.pool.instant_of_view[data.views]]


def test_nothing_is_learned_from_the_measured_stretch(prepared):
    validation, test = (load_rig_data(prepared, s) for s in ("validation", "test"))
    assert test.footage.frames.max() < frames(test).min() == 48
    assert validation.footage.frames.max() < frames(validation).min()
    # The test may look at the validation stretch, but labels come from neither.
    assert frames(validation).max() == test.footage.frames.max()
    assert test.train.frames.max() < frames(validation).min()
    np.testing.assert_array_equal(test.train.frames, validation.train.frames)


def test_labels_are_the_same_views_in_both_pools(prepared):
    data = load_rig_data(prepared, "test")
    labels, in_pool = data.labels(6, seed=1), data.labels_in_pool(6, seed=1)
    np.testing.assert_array_equal(data.train.images[labels], data.pool.images[in_pool])
    assert set(data.labels(3, seed=1)) < set(labels)


def test_a_sample_of_the_dome_is_rehearsed(tmp_path):
    dome = str(make_dome(tmp_path))
    everything, some = rehearsal_pool(dome, 10**6), rehearsal_pool(dome, 20)
    assert set(everything.subjects) == {"S0"} and everything.labelled.all()
    assert not everything.mirrored.any()
    assert 0 < len(some) < len(everything)
