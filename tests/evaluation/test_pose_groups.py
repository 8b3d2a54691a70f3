"""Tests of groups of images, and of what is advised by them."""

import dataclasses

import numpy as np
import pytest

from hand_geo_keras.datasets import Part
from hand_geo_keras.evaluation.pose_groups import (
    OTHERS,
    ImageGroup,
    group_by_camera,
    group_by_pose,
)
from hand_geo_keras.evaluation.pose_words import pose_in_words
from hand_geo_keras.scenarios.run_advice import what_would_help
from hand_geo_keras.synthetic.hand_model import HandModel, HandPose
from tests.pool import make_pool

TURNED = np.diag([-1.0, 1.0, -1.0])  # by half a turn about the vertical axis
QUARTER = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # clockwise, in the image


def open_palm():
    """`[21, 3]`: a right palm towards the camera, fingers up."""
    pose = np.zeros((21, 3))
    for finger in range(5):
        for joint in range(4):
            pose[1 + 4 * finger + joint] = (20 - 10 * finger, -40 - 12 * joint, 0)
    return pose


def test_the_side_that_is_seen_and_where_it_points():
    pose = open_palm()
    assert pose_in_words(pose) == "palm, pointing up, open"
    assert pose_in_words(pose @ TURNED) == "back, pointing up, open"
    for turns, way in enumerate(("up", "right", "down", "left")):
        turned = pose @ np.linalg.matrix_power(QUARTER, turns).T
        assert pose_in_words(turned) == f"palm, pointing {way}, open"
    edge = pose @ np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    assert pose_in_words(edge).startswith("edge-on, pointing up")
    away = pose @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    assert "pointing away" in pose_in_words(away)


def test_the_palm_of_the_rendered_hand_is_its_palm():
    """Its rest pose has y along the fingers, x out of the back, z to the thumb."""
    model = HandModel(shape=np.zeros(12), scale=1.0)
    _, joints = model.posed(HandPose(np.zeros((5, 4)), np.zeros(2)))
    palm_seen = np.array([[0.0, 0, 1], [0, -1, 0], [1, 0, 0]])
    pose = (joints - joints[0]) @ palm_seen.T
    assert pose_in_words(pose) == "palm, pointing up, open"
    assert pose_in_words(pose @ TURNED) == "back, pointing up, open"


def test_a_fist_is_closed():
    pose = open_palm()
    for finger in range(5):
        base = pose[1 + 4 * finger]
        pose[2 + 4 * finger] = base + (0, -25, 0)
        pose[3 + 4 * finger] = base + (0, 0, -15)
        pose[4 + 4 * finger] = base + (0, 15, -5)
    assert pose_in_words(pose) == "palm, pointing up, closed"


def two_poses():
    """A `Part` to measure and one to train on: palms in most, backs in some.

    Predictions are off by a tenth for palms and by half for backs.
    """
    parts = []
    for count in (40, 80):
        pool = make_pool(1, count, 2)
        views = np.arange(len(pool.images))
        palms = np.arange(count) % 4 > 0
        joints = np.where(palms[:, None, None], open_palm(), open_palm() @ TURNED)
        wobble = np.random.default_rng(count).normal(0, 1, joints.shape)
        wobble[:, 0] = 0
        eye = np.broadcast_to(np.eye(3, dtype=np.float32), (len(views), 3, 3))
        pool = dataclasses.replace(
            pool, joints=np.float32(joints + wobble), rotations=eye
        )
        parts.append(Part(pool, views))
    part, train = parts
    is_palm = palms_of(part)
    noise = np.random.default_rng(0).normal(0, 1, part.poses.shape)
    noise[:, 0] = 0
    poses = part.poses + np.where(is_palm, 2.0, 12.0)[:, None, None] * noise
    return part, poses, train


def palms_of(part):
    return part.poses[:, 5, 0] > part.poses[:, 17, 0]


def test_images_are_grouped_by_pose():
    part, poses, train = two_poses()
    labels = np.flatnonzero(palms_of(train))[:30]
    groups = group_by_pose(part, poses, train, labels)
    assert sum(group.images for group in groups) == len(part.views)
    assert sum(group.annotated for group in groups) == len(labels)
    assert sum(group.trained for group in groups) == len(train.views)
    errors = [group.n_mpjpe_mm for group in groups]
    assert errors == sorted(errors, reverse=True)
    assert [group.name.split(",")[0] for group in groups] == ["back", "palm"]
    back, palm = groups
    assert back.images == (~palms_of(part)).sum() and back.annotated == 0
    assert palm.annotated == 30 and back.n_mpjpe_mm > 10 > palm.n_mpjpe_mm
    assert not palms_of(part)[back.example] and palms_of(part)[palm.example]
    assert "back" in what_would_help(groups, [])[0]


def test_kinds_that_few_images_show_are_one_group():
    part, poses, train = two_poses()
    few = np.flatnonzero(~palms_of(part))[:4]
    most = np.flatnonzero(palms_of(part))
    views = np.sort(np.concatenate([few, most]))
    part = Part(part.pool, part.views[views])
    groups = group_by_pose(part, poses[views], train, np.array([], int))
    others = next(group for group in groups if group.name == OTHERS)
    assert others.images == 4 and others.trained == (~palms_of(train)).sum()


def test_images_are_grouped_by_camera():
    part, poses, train = two_poses()
    first = part.pool.cameras[part.views] == "cam0"
    poses = np.where(first[:, None, None], part.poses, poses)
    worst, best = group_by_camera(part, poses, train, np.array([0, 1, 2]))
    assert (worst.name, best.name) == ("cam1", "cam0")
    assert (best.n_mpjpe_mm, best.images) == (pytest.approx(0, abs=1e-4), 40)
    assert (worst.annotated, best.annotated) == (1, 2)
    assert worst.trained == best.trained == 80
    assert what_would_help([], [worst, best])[1].startswith("Camera cam1 has the larg")


def group(name, error, annotated=10, trained=100, images=50):
    return ImageGroup(name, images, error, error / 2, annotated, trained, 0)


@pytest.mark.parametrize(
    ("annotated", "trained", "advice"),
    [
        (0, 0, "film such poses, too"),
        (5, 5, "film and label more of such poses"),
        (5, 60, "a larger --label_budget finds more"),
        (20, 60, "hard rather than rare"),
    ],
)
def test_the_advice_fits_what_there_is(annotated, trained, advice):
    groups = [group("worst", 40, annotated, trained), group("best", 20)]
    line, *others = what_would_help(groups, [])
    unseen = ['No annotated image is like these held-out ones: "worst".']
    assert others == ([] if annotated else unseen)
    assert line.startswith('Label more of "worst": 40.0 mm on 50 held-out images, 20.0')
    assert advice in line


def test_what_does_not_stand_out_is_not_named():
    alike = [group("first", 20.5), group("second", 20)]
    poses, cameras = what_would_help(alike, alike)
    assert poses.startswith("No kind of pose stands out")
    assert cameras.startswith("No camera stands out")
    rare = [group("often", 20), group("seldom", 20, trained=30)]
    assert (
        "Camera seldom sees the fewest hands: 30 of 130" in what_would_help([], rare)[2]
    )
