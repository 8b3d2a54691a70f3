"""Tests of frame indices in label files."""

import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.view_labels.frame_number import frame_number


@pytest.mark.parametrize(
    "text",
    ["12", "12.0", "img0012.png", "labeled-data/day3/img0012.png", r"day3\cam1_12.jpg"],
)
def test_numbers_and_names(text):
    assert frame_number(text, "file") == 12


def test_names_without_a_number():
    with pytest.raises(LabelError, match=r"row 4.*Received: 'photo\.png'"):
        frame_number("photo.png", "labels.csv: row 4")
