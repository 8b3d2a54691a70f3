"""Tests of the synchronisation check."""

import pytest

from hand_geo_keras.recordings.rig_check.synchronisation_check import (
    check_synchronisation,
)
from tests.recordings.rig_check.conftest import MemoryRig


@pytest.mark.parametrize(("shift", "word"), [(2, "late"), (-3, "early")])
def test_a_shifted_camera_is_found(cameras, hands, pixels, shift, word):
    pixels["side"] = {frame + shift: seen for frame, seen in pixels["side"].items()}
    (found,) = check_synchronisation(MemoryRig(cameras, hands), pixels)
    assert found.level == "warning"
    assert f"side seems {abs(shift)} frames {word} against front" == found.message
    assert f"'frame_offset' of side to {shift} " in found.fix


def test_the_offset_that_is_there_is_kept(cameras, hands, pixels):
    pixels["side"] = {frame + 2: seen for frame, seen in pixels["side"].items()}
    rig = MemoryRig(cameras, hands, offsets={"side": 1})
    (found,) = check_synchronisation(rig, pixels)
    assert "of side to 3 " in found.fix


def test_synchronous_views(cameras, hands, pixels):
    (found,) = check_synchronisation(MemoryRig(cameras, hands), pixels)
    assert found.level == "ok"


def test_nothing_is_said_without_2d_labels_or_neighbouring_frames(
    cameras, hands, pixels
):
    rig = MemoryRig(cameras, hands)
    assert list(check_synchronisation(rig, None)) == []
    few = {name: {0: seen[0], 30: seen[30]} for name, seen in pixels.items()}
    assert list(check_synchronisation(rig, few)) == []
