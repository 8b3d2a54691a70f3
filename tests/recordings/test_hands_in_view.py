"""Tests of hands that must lie where the cameras look."""

import dataclasses

import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.hands_in_view import refuse_hands_out_of_view
from tests.recordings.conftest import make_camera, make_hand

CAMERAS = make_camera("front", 0.0), make_camera("side", 0.6)


def test_hands_in_view():
    refuse_hands_out_of_view(CAMERAS, [make_hand()], "rig")
    refuse_hands_out_of_view(CAMERAS, [], "rig")
    far = make_hand(center=(5000, 0, 0))
    refuse_hands_out_of_view(CAMERAS, [make_hand(), make_hand(), far], "rig")


@pytest.mark.parametrize(
    ("mistake", "remedy"),
    [
        (lambda c: {"t": c.center}, "t = -R position"),
        (lambda c: {"R": c.R.T, "t": -c.R.T @ c.t}, "invert them"),
        (lambda c: {"t": c.t + [5000, 0, 0]}, "one world frame and one unit"),
    ],
)
def test_hands_out_of_view_and_the_remedy(mistake, remedy):
    given = [dataclasses.replace(c, **mistake(c)) for c in CAMERAS]
    with pytest.raises(LabelError, match=f"rig: only 0% .*{remedy}"):
        refuse_hands_out_of_view(given, [make_hand()], "rig")
