"""Sharpness falls with blur, whatever contrast and exposure."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.recordings.sharpness import sharpness


@pytest.fixture
def board():
    return np.uint8(
        40 + 160 * np.kron(np.indices((6, 8)).sum(0) % 2, np.ones((20, 20)))
    )


def test_it_falls_with_blur(board):
    values = [sharpness(cv2.GaussianBlur(board, (0, 0), s)) for s in (0.5, 1, 2, 4)]
    assert (np.diff(values) < 0).all()
    assert values[0] > 3 * values[-1]


def test_contrast_and_exposure_do_not_matter(board):
    blurred = cv2.GaussianBlur(board, (0, 0), 1.5)
    dim = np.uint8(20 + blurred * 0.4)
    assert sharpness(dim) == pytest.approx(sharpness(blurred), rel=0.1)
    colour = cv2.cvtColor(blurred, cv2.COLOR_GRAY2RGB)
    assert sharpness(colour) == pytest.approx(sharpness(blurred), rel=0.02)


def test_an_empty_image_is_not_sharp():
    assert sharpness(np.full((20, 20), 90, np.uint8)) == 0
