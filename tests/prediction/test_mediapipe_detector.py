"""Tests of the MediaPipe adapter, with a stand-in for the package."""

import sys
import types

import numpy as np
import pytest

from hand_geo_keras.errors import WeightsError
from hand_geo_keras.prediction import MediaPipeDetector

LANDMARKS = [types.SimpleNamespace(x=x, y=y) for x, y in ((0.25, 0.5), (0.75, 0.6))]


@pytest.fixture
def package(monkeypatch):
    """Modules with the names and calls of mediapipe 1.2's hand landmarker."""
    result = types.SimpleNamespace(hand_landmarks=[LANDMARKS], closed=[])
    landmarker = types.SimpleNamespace(
        detect=lambda mp_image: result, close=lambda: result.closed.append(True)
    )
    vision = types.SimpleNamespace(
        HandLandmarkerOptions=lambda **options: options,
        HandLandmarker=types.SimpleNamespace(
            create_from_options=lambda options: landmarker
        ),
    )
    python = types.SimpleNamespace(BaseOptions=lambda **options: options, vision=vision)
    package = types.SimpleNamespace(
        Image=lambda image_format, data: data,
        ImageFormat=types.SimpleNamespace(SRGB=1),
        tasks=types.SimpleNamespace(python=python),
    )
    for name, module in (
        ("mediapipe", package),
        ("mediapipe.tasks", package.tasks),
        ("mediapipe.tasks.python", python),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    return result


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hand_landmarker.task"
    path.touch()
    return path


def test_box_around_the_landmarks(package, file):
    detector = MediaPipeDetector(file)
    box = detector(None, np.zeros((100, 200, 3), np.uint8))
    # From x = 50 to 150 px and y = 50 to 60 px, from the image's edge.
    np.testing.assert_allclose(box, [99.5, 54.5, 140])


def test_landmarks_are_pixels_between_centres(package, file):
    pixels = MediaPipeDetector(file).landmarks(np.zeros((100, 200, 3), np.uint8))
    np.testing.assert_allclose(pixels, [[49.5, 49.5], [149.5, 59.5]])


def test_no_hand(package, file):
    package.hand_landmarks = []
    assert MediaPipeDetector(file)(None, np.zeros((9, 9, 3), np.uint8)) is None


def test_it_closes_what_it_opened(package, file):
    with MediaPipeDetector(file):
        assert not package.closed
    assert package.closed


def test_missing_file_or_package(package, file, monkeypatch):
    with pytest.raises(WeightsError, match=r"absent\.task: is not there"):
        MediaPipeDetector(file.with_name("absent.task"))
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(WeightsError, match="extra 'detector'"):
        MediaPipeDetector(file)
