"""Tests of opening recordings of any format."""

import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings import (
    PanopticRecording,
    RigRecording,
    open_recording,
)


def test_formats_are_told_apart(rig_dir, panoptic_dir):
    assert isinstance(open_recording(rig_dir), RigRecording)
    assert isinstance(open_recording(str(panoptic_dir)), PanopticRecording)


def test_trailing_slash_and_relative_path(rig_dir, monkeypatch):
    assert open_recording(f"{rig_dir}/").name == "rig"
    monkeypatch.chdir(rig_dir)
    assert open_recording(".").name == "rig"


@pytest.mark.parametrize("name", ["", "absent"])
def test_neither_format(tmp_path, name):
    with pytest.raises(RecordingError) as error:
        open_recording(tmp_path / name)
    message = str(error.value)
    assert "calibration.json" in message and "calibration_<sequence>.json" in message
    assert str(tmp_path) in message
