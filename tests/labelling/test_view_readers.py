import cv2
import keras
import numpy as np
import pytest

from hand_geo_keras.geometry import Camera
from hand_geo_keras.labelling import LandmarkReader, PresetReader, view_readers
from hand_geo_keras.models import LiftHead, PoseEstimator
from hand_geo_keras.prediction.hand_reader import Reading, Region
from tests.models.test_joint_encoder import tiny

R, _ = cv2.Rodrigues(np.array([0.2, -0.7, 0.3]))
K = np.array([[300.0, 0, 99.5], [0, 300, 79.5], [0, 0, 1]])
CAMERA = Camera("c", K, np.zeros(5), R, np.array([0, 0, 400.0]), (200, 160))
PIXELS = np.random.default_rng(0).uniform(60, 110, (21, 2))


@pytest.fixture(scope="module")
def reader():
    keras.utils.set_random_seed(1)
    return PresetReader(PoseEstimator(tiny(), LiftHead(25)))


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (160, 200, 3), dtype=np.uint8)


def reading(pixels, spread, score=1.0):
    joints = np.random.default_rng(1).normal(0, 40, (21, 3))
    box = Region(np.array([80.0, 80, 100]))
    return Reading(joints, pixels, np.full(21, spread), score, 1.0, box)


def test_readings_are_averaged_and_their_differences_are_doubt(reader):
    near = [reading(PIXELS + [d, 0], 4.0) for d in (-1, 1)]
    apart = [reading(PIXELS + [d, 0], 4.0) for d in (-10, 10)]
    one, two = (reader._merged(CAMERA, some) for some in (near, apart))
    np.testing.assert_allclose(one.pixels, PIXELS)
    np.testing.assert_allclose(two.pixels, PIXELS)
    assert (two.std > 10).all() and (one.std < 3).all()
    sure = [reading(PIXELS, 1.0), reading(PIXELS + 9, 10.0)]
    assert np.abs(reader._merged(CAMERA, sure).pixels - PIXELS).max() < 0.1


def test_shapes_are_in_the_worlds_axes(reader):
    seen = reading(PIXELS, 4.0)
    shape = reader._merged(CAMERA, [seen]).shape
    np.testing.assert_allclose(shape @ R.T, seen.joints, atol=1e-9)


def test_looking_again_gives_one_hand_per_view(reader, image, monkeypatch):
    monkeypatch.setattr(view_readers, "_DOUBTFUL", -1.0)
    hands = reader.look_again([CAMERA] * 2, [image, image[::-1]], [PIXELS, PIXELS + 5])
    assert len(hands) == 2
    for hand in hands:
        assert hand.pixels.shape == (21, 2) and (hand.std > 0).all()
    again = reader.look_again([CAMERA], [image], [PIXELS])
    np.testing.assert_allclose(again[0].pixels, hands[0].pixels, atol=1e-3)


def test_doubtful_hands_are_tried_from_all_rolls(reader, image, monkeypatch):
    rolls = []
    read = reader._reader.read

    def spy(images, cameras, regions, sides, passes):
        rolls.append([region.roll for region in regions])
        return read(images, cameras, regions, sides, passes)

    monkeypatch.setattr(reader._reader, "read", spy)
    monkeypatch.setattr(view_readers, "_DOUBTFUL", 2.0)
    reader.look_again([CAMERA], [image], [PIXELS])
    assert [len(some) for some in rolls] == [5, 8]
    assert np.ptp(rolls[1]) == pytest.approx(2 * np.pi * 7 / 8)


def test_landmarks_of_a_detector(image):
    class Detector:
        found = PIXELS

        def landmarks(self, image):
            return self.found

    detector = Detector()
    find = LandmarkReader(detector).follower()
    hand = find(CAMERA, image)
    np.testing.assert_allclose(hand.pixels, PIXELS)
    side = np.ptp(PIXELS, axis=0).max() * 1.4
    np.testing.assert_allclose(hand.std, 0.025 * side)
    assert hand.shape is None
    detector.found = None
    assert find(CAMERA, image) is None
