"""Samples made by tensor operations against those that OpenCV makes."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.pipelines.crop_geometry import crop_view
from hand_geo_keras.pipelines.tensor_crops import TensorCrops
from hand_geo_keras.pipelines.tensor_warp import crop_views, warp_batch

_COUNT, _STORED, _SIZE = 40, 60, 48


@pytest.fixture(name="views", scope="module")
def fixture_views():
    """Random smooth views whose hands are the upper half of the image."""
    rng = np.random.default_rng(0)

    def images(count):
        small = rng.integers(0, 255, (count, 8, 8, 3), dtype=np.uint8)
        return np.stack([cv2.resize(image, (_STORED,) * 2) for image in small])

    mask = np.zeros((_COUNT, _STORED, _STORED), np.uint8)
    mask[:, : _STORED // 2] = 255
    joints = rng.normal(0, 40, (_COUNT, 21, 3)) + [0, 0, 600]
    return {
        "image": images(_COUNT),
        "background": images(_COUNT),
        "mask": mask,
        "joints": joints.astype(np.float32),
        "focal": rng.uniform(150, 400, _COUNT).astype(np.float32),
        "scene": images(8),
    }


def _samples(views, seed=0, **kwargs):
    inputs, targets = TensorCrops(_SIZE, seed=seed, **kwargs)(views)
    return np.asarray(inputs["image"]), {k: np.asarray(v) for k, v in targets.items()}


def _random_views(rng, count=5):
    return (
        rng.uniform(150, 400, count).astype(np.float32),
        rng.uniform(-3, 3, count).astype(np.float32),
        rng.uniform(-0.4, 0.4, (count, 2)).astype(np.float32),
        rng.uniform(0.7, 1.4, count).astype(np.float32),
    )


def test_virtual_cameras_are_those_of_single_crops():
    focal, roll, shift, zoom = _random_views(np.random.default_rng(1))
    rotation, new_focal = crop_views(focal, _SIZE, roll, shift, zoom)
    for i in range(len(focal)):
        single = crop_view(focal[i], _SIZE, roll[i], shift[i], zoom[i])
        np.testing.assert_allclose(rotation[i], single.rotation, atol=1e-5)
        assert float(new_focal[i]) == pytest.approx(single.focal, rel=1e-5)


def test_crops_are_those_of_opencv(views):
    focal, roll, shift, zoom = _random_views(np.random.default_rng(2))
    images = views["image"][:5]
    rotation, new_focal = crop_views(focal, _SIZE, roll, shift, zoom)
    warped = warp_batch(images, focal, rotation, new_focal, _SIZE)
    for i in range(5):
        single = crop_view(focal[i], _SIZE, roll[i], shift[i], zoom[i])
        truth = single.warp(images[i], focal[i])
        # OpenCV interpolates at 32nds of a pixel.
        assert np.abs(np.asarray(warped[i]) - truth).mean() < 1.0


def test_points_are_where_the_crop_shows_them(views):
    """A bright dot in the stored crop and its label stay together."""
    dotted = {name: values.copy() for name, values in views.items()}
    dotted["image"][:] = dotted["background"][:] = 0
    pixel = np.array([24.0, 20.0])
    dotted["image"][:, 18:23, 22:27] = 255
    offset = (pixel - (_STORED - 1) / 2) / dotted["focal"][:, None]
    dotted["joints"][:, 5] = 600 * np.concatenate([offset, np.ones((_COUNT, 1))], 1)
    images, targets = _samples(dotted, negatives=0.0, mirrored=0.0)
    distances = []
    for image, point in zip(images, targets["points"][:, 5, :2]):
        bright = cv2.GaussianBlur(image.mean(-1), (0, 0), 2.0)
        at = np.array(np.unravel_index(bright.argmax(), bright.shape))[::-1]
        distances.append(np.linalg.norm(at - (point * _SIZE / 2 + (_SIZE - 1) / 2)))
    # Noise, occlusion and a second dot by reflection disturb a few.
    assert np.median(distances) < 1.5


def test_samples_without_a_hand_come_first(views):
    images, targets = _samples(views, negatives=0.25, mirrored=0.0)
    assert images.shape == (_COUNT, _SIZE, _SIZE, 3)
    assert targets["presence"].tolist() == [0.0] * 10 + [1.0] * 30
    assert targets["right"].tolist() == targets["presence"].tolist()
    assert not targets["weights"][:10].any() and targets["weights"][10:].any()


def test_mirrored_hands_are_left_ones_without_joints(views):
    _, targets = _samples(views, negatives=0.0, mirrored=1.0)
    assert not targets["right"].any() and not targets["weights"].any()
    assert targets["presence"].all()


def test_depths_are_relative_to_the_wrist(views):
    _, targets = _samples(views, negatives=0.0, mirrored=0.0)
    np.testing.assert_allclose(targets["points"][:, 0, 2], 0, atol=1e-5)


def test_only_what_the_hand_leaves_free_is_exchanged(views):
    crops = TensorCrops(_SIZE)
    image, own, other = (
        views[name].astype("float32") for name in ("image", "background", "background")
    )
    mask = views["mask"][..., None].astype("float32") / 255
    changed = np.asarray(crops._recomposed(image, own, np.roll(other, 1, 0), mask))
    different = np.abs(changed - image).max((1, 3)) > 0  # by row... of every image
    rows = np.abs(changed - image).max((2, 3)) > 0
    assert not rows[:, : _STORED // 2].any()
    assert 0.1 < different.any(1).mean() < 0.8


def test_is_reproducible(views):
    first, _ = _samples(views, seed=5)
    second, _ = _samples(views, seed=5)
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - _samples(views, seed=6)[0]).mean() > 1


def test_takes_as_many_scenes_as_it_says(views):
    crops = TensorCrops(_SIZE, negatives=0.5)
    assert crops.scenes_needed(_COUNT) == 7
    fewer = {**views, "scene": views["scene"][:7]}
    first, _ = _samples(views, negatives=0.5)
    np.testing.assert_array_equal(first, _samples(fewer, negatives=0.5)[0])
