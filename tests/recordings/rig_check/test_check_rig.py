"""Tests of the whole checklist."""

import dataclasses
import json

import pytest

from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.rig_check import Finding, RigReport, check_rig
from hand_geo_keras.recordings.view_labels import ViewLabels
from hand_geo_keras.visualization.rig_report_page import rig_report_page
from tests.recordings.conftest import write_video
from tests.recordings.rig_check.conftest import MemoryRig


def test_a_good_rig(cameras, hands, labels):
    report = check_rig(MemoryRig(cameras, hands), labels)
    assert report.level == "ok", report.text()
    checks = {finding.check for finding in report.findings}
    assert {"baseline", "hand size", "visibility", "synchronisation"} <= checks
    assert {"reprojection in front", "background of side"} <= checks


def test_a_video_that_is_a_copy_of_another(rig_dir):
    report = check_rig(open_recording(rig_dir), num_frames=0, scan_frames=0)
    assert "ERROR    same images: front and side have the same" in report.text()
    write_video(rig_dir / "side.mp4", first=9)
    report = check_rig(open_recording(rig_dir), num_frames=0, scan_frames=0)
    assert "same images" not in report.text()


def test_a_rig_without_labels(rig_dir):
    (rig_dir / "hands3d.json").unlink()
    write_video(rig_dir / "side.mp4", first=9)
    report = check_rig(open_recording(rig_dir), num_frames=0, scan_frames=0)
    assert report.level == "warning"
    assert "0 of 12 frames have 3D labels" in report.text()


def test_videos_without_an_image_are_an_error(rig_dir):
    report = check_rig(open_recording(rig_dir), num_frames=0)
    assert "front is black or blank in frames 0 to 11" in report.text()


def test_a_real_rig(shared_dir):
    recording = open_recording(shared_dir / "recordings" / "desk_two_cam")
    report = check_rig(recording, num_frames=2)
    assert report.level == "ok", report.text()


def test_the_report_names_the_worst_and_the_fix():
    findings = (
        Finding("a", "ok", "fine"),
        Finding("b", "warning", "so so", "mend it."),
    )
    report = RigReport("desk", findings)
    assert report.level == "warning"
    assert report.text().splitlines() == [
        "desk: warning",
        "  ok       a: fine",
        "  WARNING  b: so so",
        "           fix: mend it.",
    ]
    assert json.loads(json.dumps(report.to_dict()))["findings"][1]["fix"] == "mend it."


def test_the_page_lists_errors_first():
    report = RigReport(
        "desk",
        (
            Finding("a", "ok", "fine"),
            Finding("b", "error", "1 < 2", "mend it.", "cam1", ((3, 3), (7, 9))),
        ),
    )
    page = rig_report_page(report)
    assert page.index("1 &lt; 2") < page.index("fine")
    assert "frames 3 and 7 to 9" in page and "cam1" in page


def test_unknown_level():
    with pytest.raises(ValueError, match="Received: level='bad'"):
        Finding("a", "bad", "")


def test_a_good_rig_of_fisheyes(cameras, hands):
    fisheyes = [
        dataclasses.replace(c, lens="fisheye", distortion=[0.05, 0.01, 0, 0])
        for c in cameras
    ]
    labels = {}
    for camera in fisheyes:
        seen = {frame: camera.project(hand.joints) for frame, (hand,) in hands.items()}
        labels[camera.name] = ViewLabels(seen, len(seen))
    report = check_rig(MemoryRig(fisheyes, hands), labels)
    assert report.level == "ok", report.text()
    assert "reprojection in front: 0.0 px" in report.text()
