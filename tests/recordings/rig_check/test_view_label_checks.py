"""Tests of checks of 2D labels."""

import dataclasses

from hand_geo_keras.recordings.rig_check.view_label_checks import check_view_labels
from tests.recordings.rig_check.conftest import MemoryRig, finding


def levels(findings):
    return {found.check: found.level for found in findings}


def test_labels_that_fit(cameras, labels):
    findings = list(check_view_labels(MemoryRig(cameras, {}), labels))
    assert levels(findings) == {"2D labels": "ok", "triangulation": "ok"}
    assert "40 labels read, 40 used" in findings[0].message


def test_no_labels(cameras):
    assert list(check_view_labels(MemoryRig(cameras, {}), None)) == []


def test_dropped_labels_are_an_error_if_they_are_most(cameras, labels):
    labels["side"].dropped["outside the recording"] = 50
    found = list(check_view_labels(MemoryRig(cameras, {}), labels))[1]
    assert found.level == "error" and "50 outside the recording" in found.message


def test_positions_given_for_translations(cameras, labels):
    given = [dataclasses.replace(c, t=c.center) for c in cameras]
    findings = check_view_labels(MemoryRig(given, {}), labels)
    found = finding(findings, "triangulation")
    assert found.level == "error" and "t = -R position" in found.fix


def test_a_hand_of_the_other_side(cameras, labels):
    findings = check_view_labels(MemoryRig(cameras, {}), labels, side="left")
    found = finding(findings, "handedness")
    assert found.level == "error" and "--side=right" in found.fix


def test_views_without_a_common_frame(cameras, labels):
    frames = labels["side"].frames
    labels["side"].frames = {frame + 60: seen for frame, seen in frames.items()}
    findings = check_view_labels(MemoryRig(cameras, {}), labels)
    assert finding(findings, "triangulation").level == "warning"
