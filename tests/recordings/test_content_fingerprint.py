"""Tests of fingerprints of files."""

import os

from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.content_fingerprint import content_fingerprint


def test_equal_files_in_other_folders(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.json").write_text("{}")
        (tmp_path / folder / "v.mp4").write_bytes(bytes(300000))
    first, second = (
        content_fingerprint([f / "x.json"], [f / "v.mp4"])
        for f in (tmp_path / "a", tmp_path / "b")
    )
    assert first == second


def test_edits_that_keep_the_size(rig_dir):
    """Each file of a rig counts, also if its size and its time stay the same."""
    seen = {open_recording(rig_dir).fingerprint()}
    for name, old, new in (
        ("hands3d.json", b"anna", b"bert"),
        ("calibration.json", b"500.0", b"501.0"),
        ("front.mp4", b"isom", b"isoX"),
    ):
        path = rig_dir / name
        times = path.stat().st_atime_ns, path.stat().st_mtime_ns
        path.write_bytes(path.read_bytes().replace(old, new, 1))
        os.utime(path, ns=times)
        seen.add(open_recording(rig_dir).fingerprint())
    assert len(seen) == 4


def test_time_stamps_count(rig_dir):
    """They tell which frames are missing."""
    before = open_recording(rig_dir).fingerprint()
    (rig_dir / "timestamps.csv").write_text(
        "frame,camera,time_ms,repeated\n2,front,66.6,1\n2,side,66.7,0\n"
    )
    assert open_recording(rig_dir).fingerprint() != before


def test_labels_of_a_panoptic_tree(panoptic_dir):
    before = open_recording(panoptic_dir).fingerprint()
    path = sorted((panoptic_dir / "hdHand3d").glob("*.json"))[1]
    path.write_text(path.read_text().replace("0.75", "0.74", 1))
    assert open_recording(panoptic_dir).fingerprint() != before
