"""Tests of checks of the videos."""

import numpy as np
import pytest

from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.rig_check.video_checks import (
    check_background,
    check_frames,
)
from tests.recordings.conftest import write_video
from tests.recordings.rig_check.conftest import MemoryRig, finding


def test_short_recordings_and_surplus_frames(rig_dir):
    write_video(rig_dir / "side.mp4", 14)
    findings = list(check_frames(open_recording(rig_dir)))
    assert finding(findings, "frames").level == "warning"
    assert "side has 2 surplus" in finding(findings, "frame counts").message


def test_missing_frames(cameras):
    rig = MemoryRig(cameras, {}, offsets={"side": -12})
    found = finding(check_frames(rig), "missing frames")
    assert found.message == "side lacks 10% of the instants"


@pytest.mark.parametrize(
    ("swing", "level"), [(0, "ok"), (3, "ok"), (16, "warning"), (60, "error")]
)
def test_a_background_that_changes(cameras, swing, level):
    brightness = 120 + swing / 2 * np.where(np.arange(120) % 34 < 17, 1, -1)
    rig = MemoryRig(cameras, {}, brightness=brightness.astype(np.uint8))
    assert [found.level for found in check_background(rig, 8)] == [level] * 2
