import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.datasets import Part
from hand_geo_keras.datasets.split import Split
from hand_geo_keras.evaluation import (
    constant_articulation,
    constant_articulation_errors,
    hand_region,
    in_batches,
    mean_articulation,
    mean_pose,
    measure_poses,
    nearest_pose,
    psnr,
    view_baselines,
    view_pairs,
)
from tests.pool import make_pool


def test_psnr_is_that_of_the_region_alone():
    targets = np.zeros((1, 4, 4, 3))
    predictions = targets + 25.5  # a tenth of the range
    region = np.zeros((1, 4, 4), bool)
    region[0, :2] = True
    predictions[:, 2:] = 255
    assert psnr(predictions, targets, region) == pytest.approx(20)


def test_nothing_to_measure_is_no_number():
    pool = make_pool(sequences=1, instants=1, views=1)
    pool.valid[:] = False
    region = hand_region(pool, [0])
    assert not region.any()
    assert np.isnan(psnr(pool.crops([0]), pool.crops([0]), region))
    nothing = in_batches(lambda rows: 2 * rows, np.zeros((0, 3), np.float32))
    assert nothing.shape == (0, 3)


def test_hand_region_needs_joints_near_and_a_difference_to_the_background():
    pool = make_pool(sequences=1, instants=1, views=1, crop_size=64, stored_size=96)
    pool.images[:] = 200
    pool.backgrounds[:] = 100
    pool.backgrounds[0, :48] = 200  # upper half looks like the hand
    region = hand_region(pool, [0])[0]
    assert region.any() and not region[:32].any()
    assert not region[-1].all()  # far from the joints there is no hand


def test_pairs_go_both_ways_and_skip_missing_views():
    pool = make_pool(sequences=1, instants=2, views=2)
    pool.num_views[1] = 1
    sources, targets = view_pairs(pool, [0, 1])
    assert list(zip(sources, targets)) == [(0, 1), (1, 0)]


def test_baselines_predict_what_they_say():
    pool = make_pool(sequences=1, instants=4, views=2)
    images = pool.crops(slice(None))
    # The source of the test instant is almost training view 2 (instant 1, camera 0).
    pool.images[6] = pool.images[2]
    sources, targets = np.array([6]), np.array([7])
    predicted = view_baselines(pool.select([0, 1, 2]), pool, sources, targets)
    np.testing.assert_array_equal(predicted["source"][0], images[6])
    np.testing.assert_array_equal(predicted["nearest_neighbour"][0], images[3])
    np.testing.assert_allclose(
        predicted["mean_image"][0], images[[1, 3, 5]].mean(0), rtol=1e-5
    )
    np.testing.assert_array_equal(predicted["background"][0], pool.background_crops(7))
    colour = predicted["mean_colour"][0]
    assert (colour == colour[0, 0]).all()


def test_pose_baselines():
    pool = make_pool(sequences=1, instants=3, views=2)
    pool.images[5] = pool.images[0]
    labels, part = np.array([0, 2]), Part(pool, np.array([5]))
    np.testing.assert_allclose(
        mean_pose(pool, labels, part)[0], pool.poses(labels).mean(0)
    )
    np.testing.assert_allclose(nearest_pose(pool, labels, part)[0], pool.poses(0))


def test_pose_baselines_take_no_joint_without_a_label():
    full = make_pool(sequences=1, instants=4, views=2)
    valid = full.valid.copy()
    valid[:2, 8] = valid[1:, 12] = False
    joints = np.where(valid[..., None], full.joints, 0)  # as they are prepared
    pool = dataclasses.replace(full, joints=joints, valid=valid)
    labels, part = np.array([0, 2, 4]), Part(pool, np.array([6, 7]))
    expected = full.poses(labels).mean(0)
    expected[8], expected[12] = full.poses(4)[8], full.poses(0)[12]
    np.testing.assert_allclose(
        mean_pose(pool, labels, part)[0], expected, rtol=1e-5, atol=1e-4
    )
    pool.images[6] = pool.images[2]
    nearest = nearest_pose(pool, labels, part)[0]
    known = np.delete(np.arange(21), [8, 12])
    np.testing.assert_allclose(nearest[known], full.poses(2)[known])
    np.testing.assert_allclose(nearest[[8, 12]], expected[[8, 12]], rtol=1e-5)


def test_mean_articulation_of_poses_of_which_none_is_complete():
    rng = np.random.default_rng(0)
    pose = rng.normal(0, 50, (21, 3))
    turns = Rotation.random(6, random_state=0).as_matrix()
    poses, valid = pose @ turns.transpose(0, 2, 1), rng.random((6, 21)) > 0.2
    valid[np.arange(6), np.arange(6)] = False
    found = mean_articulation(np.where(valid[..., None], poses, np.nan), valid)
    distances = np.linalg.norm(found[:, None] - found, axis=-1)
    expected = np.linalg.norm(pose[:, None] - pose, axis=-1)
    np.testing.assert_allclose(
        distances / distances.sum(), expected / expected.sum(), atol=1e-5
    )


def test_one_articulation_in_any_orientation_is_constant():
    pool = make_pool(sequences=2, instants=4, views=2)
    rng = np.random.default_rng(0)
    turns = Rotation.random(len(pool), random_state=rng).as_matrix()
    shape = rng.normal(size=(21, 3)) * 30
    shape -= shape[0]
    joints = (shape @ turns.transpose(0, 2, 1) + [0, 0, 500]).astype(np.float32)
    pool = dataclasses.replace(pool, joints=joints, valid=np.ones_like(pool.valid))
    views = np.arange(len(pool.instant_of_view))
    part = Part(pool, views)
    errors = measure_poses(part, constant_articulation(pool, views[:5], part))
    assert errors["pa_mpjpe_mm"] < 0.1
    # The mean pose of all orientations is none of a hand.
    blurred = measure_poses(part, mean_pose(pool, views[:5], part))
    assert blurred["pa_mpjpe_mm"] > 5 and errors["n_mpjpe_mm"] > 10


def test_constant_articulation_is_the_best_of_the_annotated_poses():
    pool = make_pool(sequences=2, instants=6, views=2)
    views = np.arange(len(pool.instant_of_view))
    part = Part(pool, views)
    error = measure_poses(part, constant_articulation(pool, views, part))
    single = [
        measure_poses(part, np.broadcast_to(pool.poses(v), part.poses.shape))
        for v in views
    ]
    assert error["pa_mpjpe_mm"] < np.median([e["pa_mpjpe_mm"] for e in single])


def test_errors_of_the_constant_articulation_are_those_of_every_part():
    pool = make_pool(sequences=3, instants=2, views=2)
    train, validation, test = (
        Part(pool, np.arange(start, start + 4)) for start in (0, 4, 8)
    )
    measured = {"validation": validation, "test": test}
    split = Split("made", "", train, pool, train.views, measured, {})
    for name, error in constant_articulation_errors(split).items():
        poses = constant_articulation(pool, train.views, measured[name])
        expected = measure_poses(measured[name], poses)["pa_mpjpe_mm"]
        assert error == pytest.approx(expected)
    assert list(constant_articulation_errors(split)) == ["validation", "test"]


def test_mean_articulation_of_rotated_copies_is_the_pose():
    rng = np.random.default_rng(0)
    pose = rng.normal(0, 50, (21, 3))
    rotations = Rotation.random(5, random_state=0).as_matrix()
    copies = np.stack([2 * pose @ r.T + rng.normal(0, 9, 3) for r in rotations])
    found = mean_articulation(copies)
    assert np.linalg.norm(found[1:]) == pytest.approx(
        np.linalg.norm(2 * (pose - pose[0])), rel=0.2
    )
    distances = np.linalg.norm(found[:, None] - found, axis=-1)
    expected = np.linalg.norm(pose[:, None] - pose, axis=-1)
    scale = distances.sum() / expected.sum()
    np.testing.assert_allclose(distances, scale * expected, rtol=1e-3, atol=1e-2)
