"""Tests of checks of 3D labels."""

import dataclasses

import numpy as np

from hand_geo_keras.recordings.rig_check.label_checks import (
    check_coverage,
    check_labels,
    check_reprojection,
)
from tests.recordings.rig_check.conftest import MemoryRig


def test_few_and_enough_labels(cameras, hands, pixels):
    (found,) = check_labels(MemoryRig(cameras, hands))
    assert (found.level, "40 of 120" in found.message) == ("ok", True)
    few = {frame: hands[frame] for frame in range(3)}
    (found,) = check_labels(MemoryRig(cameras, few))
    assert found.level == "warning"
    (found,) = check_labels(MemoryRig(cameras, {}), pixels)
    assert "40 have 2D labels" in found.message


def test_labels_that_are_not_used_are_counted(cameras, hands):
    late = {frame + 100: given for frame, given in hands.items() if frame < 22}
    given, unused = check_labels(MemoryRig(cameras, {**hands, **late}, num_frames=120))
    assert "60 of 120" in given.message
    assert (unused.level, unused.message) == ("warning", "label past the end: 2")
    blank = {
        frame: (dataclasses.replace(hand, valid=hand.valid & False),)
        for frame, (hand,) in hands.items()
        if frame > 10
    }
    _, unused = check_labels(MemoryRig(cameras, {**hands, **blank}))
    assert (unused.level, unused.message) == (
        "error",
        "right hand without joints: 29",
    )


def test_hands_outside_the_common_volume(cameras, hands):
    (found,) = check_coverage(MemoryRig(cameras, hands))
    assert found.level == "ok" and "front 100%" in found.message
    away = {
        frame: (dataclasses.replace(hand, joints=hand.joints + [220, 0, 0]),)
        for frame, (hand,) in hands.items()
    }
    (found,) = check_coverage(MemoryRig(cameras, away))
    assert found.level == "error"


def test_labels_in_another_world_frame_are_not_blamed_on_the_cameras_place(
    cameras, hands
):
    """Cameras given as poses: labels are in view after inverting them."""
    given = [dataclasses.replace(c, R=c.R.T, t=-c.R.T @ c.t) for c in cameras]
    (found,) = check_coverage(MemoryRig(given, hands))
    assert found.level == "error" and "invert them" in found.fix


def test_no_labels_no_findings(cameras):
    rig = MemoryRig(cameras, {})
    checks = (check_coverage, check_reprojection)
    assert [list(check(rig)) for check in checks] == [[], []]


def test_reprojection_per_camera(cameras, hands, pixels):
    for seen in pixels["side"].values():
        seen += 1.5  # of 64 px width
    findings = list(check_reprojection(MemoryRig(cameras, hands), pixels))
    assert [(f.check, f.level) for f in findings] == [
        ("reprojection in front", "ok"),
        ("reprojection in side", "error"),
    ]
    assert "2.1 px median" in findings[1].message


def test_reprojection_noted_in_the_labels(cameras, hands):
    noted = {
        frame: (
            dataclasses.replace(hand, reprojection_px=np.full(21, 1.0, np.float32)),
        )
        for frame, (hand,) in hands.items()
    }
    (found,) = check_reprojection(MemoryRig(cameras, noted))
    assert (found.level, found.check) == ("warning", "reprojection")
