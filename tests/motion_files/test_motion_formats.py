import importlib.util

import pytest

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.motion_files import MOTION_FORMATS, checked_formats, write_motions
from tests.motion_files.conftest import make_motion


def test_every_format_is_written_whole(tmp_path, joints):
    formats = [name for name, known in MOTION_FORMATS.items() if not known.needs]
    motions = [make_motion(joints), make_motion(joints, name="hand1_left")]
    files = write_motions(tmp_path / "out", motions, formats)
    names = {"hands.csv"} | {
        f"{motion.name}{suffix}"
        for motion in motions
        for suffix in (".trc", ".bvh", ".glb")
    }
    assert {file.name for file in files} == names
    assert {file.name for file in (tmp_path / "out").iterdir()} == names


def test_no_hand_writes_nothing(tmp_path):
    assert write_motions(tmp_path / "out", [], ["csv", "bvh"]) == ()
    assert not (tmp_path / "out").exists()


def test_a_single_frame_is_a_motion(tmp_path, joints):
    formats = [name for name, known in MOTION_FORMATS.items() if not known.needs]
    assert len(write_motions(tmp_path, [make_motion(joints[:1])], formats)) == 4


def test_unknown_formats_and_missing_packages_are_refused(monkeypatch):
    with pytest.raises(HandGeoError, match="'fbx'"):
        checked_formats(["bvh", "fbx"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(HandGeoError, match="extra 'c3d'"):
        checked_formats(["c3d"])
