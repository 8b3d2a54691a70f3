import dataclasses

import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.geometry import Camera, virtual_camera, warp_crop
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction import hand_reader, hand_search
from hand_geo_keras.prediction.hand_reader import HandReader, Region
from hand_geo_keras.prediction.hand_search import _windows, find_hands, hand_score
from tests.models.test_joint_encoder import tiny

K = np.array([[300.0, 0, 99.5], [0, 300, 79.5], [0, 0, 1]])
CAMERA = Camera("c", K, np.zeros(5), np.eye(3), np.zeros(3), (200, 160))


@pytest.fixture(scope="module")
def reader():
    keras.utils.set_random_seed(1)
    return HandReader(PoseEstimator(tiny(), LiftHead(25)))


@pytest.fixture(scope="module")
def image():
    coarse = np.random.default_rng(0).integers(0, 256, (12, 15, 3), dtype=np.uint8)
    return cv2.resize(coarse, (200, 160), interpolation=cv2.INTER_CUBIC)


def one(reader, image, region, side="right", passes=1):
    return reader.read([image], [CAMERA], [region], [side], passes)[0]


def test_batches_give_what_single_images_give(reader, image):
    regions = [Region(np.array([90.0 + 5 * i, 80, 70]), 0.1 * i) for i in range(5)]
    together = reader.read([image] * 5, [CAMERA] * 5, regions, ["right"] * 5, 1)
    for region, reading in zip(regions, together):
        alone = one(reader, image, region)
        np.testing.assert_allclose(reading.joints, alone.joints, atol=1e-3)
        np.testing.assert_allclose(reading.pixels, alone.pixels, atol=1e-3)


def test_a_left_hand_is_read_as_the_mirror_image_of_a_right_one(reader, image):
    right = one(reader, image, Region(np.array([80.0, 70, 60]), 0.3))
    mirrored = one(
        reader, image[:, ::-1].copy(), Region(np.array([119.0, 70, 60]), -0.3), "left"
    )
    np.testing.assert_allclose(mirrored.joints * [-1, 1, 1], right.joints, atol=0.2)
    flipped = [199, 0] + mirrored.pixels * [-1, 1]
    np.testing.assert_allclose(flipped, right.pixels, atol=0.05)


def test_a_rolled_region_of_a_rotated_image_shows_the_same(reader, image):
    upright = one(reader, image, Region(np.array([99.5, 79.5, 80])))
    matrix = cv2.getRotationMatrix2D((99.5, 79.5), 30, 1)  # counter-clockwise
    rotated = cv2.warpAffine(image, matrix, (200, 160), flags=cv2.INTER_CUBIC)
    rolled = one(reader, rotated, Region(np.array([99.5, 79.5, 80]), np.radians(30)))
    expected = np.c_[upright.pixels, np.ones(21)] @ matrix.T
    np.testing.assert_allclose(rolled.pixels, expected, atol=1.0)


def test_the_next_region_shows_the_joints_upright_and_centred(reader, image):
    reading = one(reader, image, Region(np.array([95.0, 85, 70]), 0.7))
    crop = virtual_camera(CAMERA, reading.region.box, 32).rolled(reading.region.roll)
    rays = np.c_[reading.pixels, np.ones(21)] @ np.linalg.inv(K).T
    points = crop.project(rays * 500)
    low, high = points.min(0), points.max(0)
    np.testing.assert_allclose((low + high) / 2, 15.5, atol=0.3)
    np.testing.assert_allclose((high - low).max(), 32 / 1.4, rtol=0.03)
    x, y = points[[5, 9, 13, 17]].mean(0) - points[0]
    assert abs(np.arctan2(x, -y)) < 0.05


def test_only_the_last_pass_samples_every_pixel(reader, image, monkeypatch):
    given = []

    def spy(*args):
        given.append(args[3])
        return warp_crop(*args)

    monkeypatch.setattr(hand_reader, "warp_crop", spy)
    region = Region(np.array([99.5, 79.5, 150.0]))
    found = one(reader, image, region, passes=3)
    assert given == [2, 2, None]
    for _ in range(2):
        region = one(reader, image, region).region
    plain = one(reader, image, region)
    np.testing.assert_allclose(found.pixels, plain.pixels, atol=1.0)


def test_spread_is_that_of_the_heatmaps(reader, image):
    reading = one(reader, image, Region(np.array([95.0, 85, 70])))
    assert ((reading.spread > 0) & (reading.spread < 70)).all()
    assert 0 <= reading.presence <= 1 and 0 <= reading.right <= 1


def test_windows_cover_the_image_at_every_size():
    boxes = np.array(list(_windows(200, 120)))
    for side in np.unique(boxes[:, 2]):
        some = boxes[boxes[:, 2] == side]
        low, high = some[:, :2].min(0) - side / 2, some[:, :2].max(0) + side / 2
        assert (low <= 0).all() and (high >= [199, 119]).all()
    assert boxes[:, 2].min() < 20 and boxes[:, 2].max() > 120


def test_search_returns_the_most_probable_and_no_hand_twice(reader, image):
    found = find_hands(reader, image, CAMERA, threshold=0.0, most=3)
    scores = [hand_score(reading) for _, reading in found]
    assert 1 <= len(found) <= 3 and scores == sorted(scores, reverse=True)
    assert find_hands(reader, image, CAMERA, threshold=1.1) == []


def test_small_windows_come_last_and_only_if_large_ones_leave_doubt(
    reader, image, monkeypatch
):
    sizes = []
    candidates = hand_search._candidates

    def note(reader, image, camera, windows, sides, told):
        sizes.append([window[2] for window in windows])
        return candidates(reader, image, camera, windows, sides, told)

    monkeypatch.setattr(hand_search, "_candidates", note)
    find_hands(reader, image, CAMERA, threshold=0.0)  # untrained, hence in doubt
    large, small = sizes
    assert min(large) >= 0.3 * min(image.shape[:2]) > max(small)
    assert len(small) > 3 * len(large)
    for changes in ({"small": False}, {}):
        sizes.clear()
        if not changes:
            monkeypatch.setattr(hand_search, "_CERTAIN", 0.0)
        find_hands(reader, image, CAMERA, threshold=0.0, **changes)
        assert sizes == [large]


def test_a_side_that_is_told_needs_less_agreement(reader, image):
    (_, reading), *_ = find_hands(reader, image, CAMERA, threshold=0.0)

    def scores(right):
        sharp = 0 * reading.spread
        one = dataclasses.replace(reading, presence=1.0, right=right, spread=sharp)
        return hand_score(one), hand_score(one, told=True)

    certain = scores(1.0)
    assert certain[0] == pytest.approx(certain[1])
    assert scores(0.0) == (0, 0)
    alone, told = (score / certain[0] for score in scores(0.3))
    # Odds of 3 to 7 from the image, 8 to 2 beforehand.
    assert alone == pytest.approx(0.3) and told == pytest.approx(24 / (24 + 14))


@pytest.mark.parametrize("sides", [("right",), ("left",), ("right", "left")])
def test_only_a_search_for_one_side_was_told_it(reader, image, sides, monkeypatch):
    asked = []
    monkeypatch.setattr(hand_search, "_with_prior", lambda r: asked.append(r) or r)
    find_hands(reader, image, CAMERA, sides, threshold=0.0)
    assert bool(asked) == (len(sides) == 1)
