"""A rendered left hand, from the dome's images to a predicted pose and back."""

import types

import numpy as np
import pytest

from hand_geo_keras.datasets import Preparation
from hand_geo_keras.datasets.instant_pool import pool_of_instants
from hand_geo_keras.datasets.instants import cut_instants
from hand_geo_keras.geometry import Camera
from hand_geo_keras.pipelines import ViewTable, quad_dataset
from hand_geo_keras.prediction import HandPredictor
from hand_geo_keras.recordings import Hand
from hand_geo_keras.synthetic.cameras import dome_cameras
from hand_geo_keras.synthetic.hand_renderer import light_arm, render_arm
from hand_geo_keras.synthetic.sequence import PosedHand, SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind
from hand_geo_keras.synthetic.variants import SequenceSpec
from tests.prediction.conftest import Oracle

SIZE = 64
CAMERAS = (8, 0, 20)
MIRROR = np.array([-1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def scene():
    """Cameras, images and the left hand of one instant, and of a later one."""
    sequence = SyntheticSequence(SequenceSpec(0, "train", 70, CAMERAS), seed=3)
    frames = [k for k, kind in enumerate(sequence.timeline) if kind is FrameKind.LEFT]
    cameras = [dome_cameras()[index] for index in CAMERAS]
    return types.SimpleNamespace(
        sequence=sequence,
        frames=frames[:2],
        cameras=cameras,
        hands=[sequence.hand(frame) for frame in frames[:2]],
        images=[dict(sequence.images(frame, CAMERAS)) for frame in frames[:2]],
        empty=dict(sequence.images(0, CAMERAS)),
    )


@pytest.fixture(scope="module")
def instants(scene):
    """The instants as preparation cuts them: left hands, not mirrored yet."""
    ones = np.ones(21)
    recording = types.SimpleNamespace(
        name="dome",
        cameras=scene.cameras,
        hands=lambda frame: [
            Hand(hand.side, "S0", hand.joints, ones.astype(bool), ones, 0 * ones)
            for number, hand in zip(scene.frames, scene.hands)
            if number == frame
        ],
    )
    behind = dict(zip(names(scene), scene.empty.values()))
    found = []
    for frame, shown in zip(scene.frames, scene.images):
        images = dict(zip(names(scene), shown.values()))
        cut, dropped = cut_instants(
            recording, frame, images, behind, Preparation(crop_size=SIZE)
        )
        assert not dropped
        cut[0]["views"] = {
            key: np.stack([view[key] for view in cut[0]["views"]])
            for key in cut[0]["views"][0]
        }
        found += cut
    return found


@pytest.fixture(scope="module")
def pool(instants):
    return pool_of_instants(instants, SIZE)


def names(scene):
    return [camera.name for camera in scene.cameras]


def crop_camera(focal, rotation, translation):
    """The virtual camera of a crop."""
    centre = (SIZE - 1) / 2
    K = np.array([[focal, 0, centre], [0, focal, centre], [0, 0, 1]])
    return Camera("crop", K, np.zeros(5), rotation, translation, (SIZE, SIZE))


def camera_of_left(instant, view):
    """The camera that cut a view, before it was mirrored."""
    views = instant["views"]
    return crop_camera(*(views[k][view] for k in ("focal", "rotation", "translation")))


def mirrored_camera(pool, view):
    """The camera of a mirrored view, from nothing but the pool."""
    return crop_camera(pool.focals[view], pool.rotations[view], pool.translations[view])


def central(images):
    border = (images.shape[1] - SIZE) // 2
    return images[:, border : border + SIZE, border : border + SIZE].astype(int)


def silhouette(scene, hand, camera):
    """`[S, S]` fraction of each pixel that a hand covers in a rendering of its own."""
    environment = scene.sequence._environment
    looks = scene.sequence._looks
    layer = render_arm(camera, light_arm(hand, environment), looks, environment)
    (left, top, right, bottom), _, alpha = layer
    mask = np.zeros((SIZE, SIZE))
    mask[top:bottom, left:right] = alpha[..., 0]
    return mask


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def test_joints_project_to_where_the_mirrored_image_has_them(scene, instants, pool):
    assert pool.mirrored.all()
    for view in range(len(pool.images)):
        number, of_instant = divmod(view, len(CAMERAS))
        true = camera_of_left(instants[number], of_instant).project(
            scene.hands[number].joints
        )
        true[:, 0] = SIZE - 1 - true[:, 0]
        joints = pool.joints[pool.instant_of_view[view]]
        found = mirrored_camera(pool, view).project(joints)
        assert np.abs(found - true).max() < 0.01


def test_the_mirrored_image_shows_the_mirrored_hand(scene, pool):
    """A right hand, reflected from the left one, rendered by the mirrored cameras."""
    border = (pool.images.shape[1] - SIZE) // 2
    centre = slice(border, border + SIZE)
    crops, behind = (
        stack[:, centre, centre].astype(int)
        for stack in (pool.images, pool.backgrounds)
    )
    for view in range(len(crops)):
        hand = scene.hands[view // len(CAMERAS)]
        reflected = PosedHand("right", hand.verts * MIRROR, hand.joints * MIRROR)
        rendered = silhouette(scene, reflected, mirrored_camera(pool, view)) > 0.5
        seen = np.abs(crops[view] - behind[view]).max(-1) > 18
        assert overlap(rendered, seen) > 0.8
        assert overlap(rendered[:, ::-1], seen) < 0.7
        assert overlap(np.roll(rendered, 2, 1), seen) < overlap(rendered, seen)
        assert overlap(np.roll(rendered, -2, 1), seen) < overlap(rendered, seen)


def test_rotations_between_mirrored_views_are_proper(instants, pool):
    for i in range(3):
        for j in range(3):
            rotation = pool.rotations[j] @ pool.rotations[i].T
            np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-5)
            assert np.linalg.det(rotation) == pytest.approx(1.0, abs=1e-5)
            original = instants[0]["views"]["rotation"]
            of_left = original[j] @ original[i].T
            mirror = np.diag(MIRROR)
            np.testing.assert_allclose(rotation, mirror @ of_left @ mirror, atol=1e-5)
            np.testing.assert_allclose(
                pool.poses(i) @ rotation.T, pool.poses(j), atol=1e-3
            )


def test_pipelines_see_right_hands(pool):
    """Their crops and rotations are the pool's, whatever side the hand was."""
    quad = next(iter(quad_dataset(pool, 2)))
    assert np.linalg.det(quad["rotation"].numpy()) == pytest.approx(1.0, abs=1e-4)
    batch = ViewTable(pool).read(np.array([[1]], np.int32), [0, 0], False)
    difference = batch["image"][0, 0].numpy() - central(pool.images)[1]
    assert np.abs(difference).max() <= 1  # of a grey level: it is resampled


def test_a_perfect_model_of_right_hands_predicts_the_left_hand(scene, instants, pool):
    """Pose of the pool in, joints of the left hand in the real camera out."""
    for view, camera in enumerate(scene.cameras):
        model = Oracle([pool.poses(view)])
        model.encoder.image_size = SIZE
        predictor = HandPredictor(model, camera, side="left")
        box = instants[0]["views"]["box"][view]
        (hand,) = predictor([scene.images[0][CAMERAS[view]]], [box])
        joints = scene.hands[0].joints
        np.testing.assert_allclose(
            hand.joints, (joints - joints[0]) @ camera.R.T, atol=1e-2
        )
        assert np.abs(hand.pixels - camera.project(joints)).max() < 0.5
        # The model was shown what it is trained on.
        assert np.abs(model.crops[0] - central(pool.images)[view]).mean() < 1
