"""Tests of checks of 3D labels."""

import dataclasses

import numpy as np
import pytest

from hand_geo_keras.recordings.rig_check.label_checks import (
    check_coverage,
    check_hand_size,
    check_labels,
    check_reprojection,
)
from tests.recordings.rig_check.conftest import MemoryRig, finding


def scaled(hands, factor):
    return {
        frame: tuple(
            dataclasses.replace(hand, joints=hand.joints * factor) for hand in of_frame
        )
        for frame, of_frame in hands.items()
    }


def test_few_and_enough_labels(cameras, hands, pixels):
    (found,) = check_labels(MemoryRig(cameras, hands))
    assert (found.level, "40 of 120" in found.message) == ("ok", True)
    few = {frame: hands[frame] for frame in range(3)}
    (found,) = check_labels(MemoryRig(cameras, few))
    assert found.level == "warning"
    (found,) = check_labels(MemoryRig(cameras, {}), pixels)
    assert "40 have 2D labels" in found.message


def test_hand_of_the_right_size(cameras, hands):
    findings = list(check_hand_size(MemoryRig(cameras, hands)))
    assert "60 mm" in finding(findings, "hand size").message
    assert {found.level for found in findings} == {"ok"}


@pytest.mark.parametrize(
    ("factor", "advice"),
    [
        (0.1, "too small by a factor of 10:"),
        (0.001, "too small by a factor of 1000:"),
        (10, "too large by a factor of 10:"),
        (3.5, "order of the joints"),
    ],
)
def test_wrong_units(cameras, hands, factor, advice):
    found = finding(
        check_hand_size(MemoryRig(cameras, scaled(hands, factor))), "hand size"
    )
    assert found.level == "error" and advice in found.fix


def test_bones_that_change_their_length(cameras, hands):
    noise = np.random.default_rng(0)
    noisy = {
        frame: (
            dataclasses.replace(
                hand, joints=hand.joints + noise.normal(0, 25, (21, 3))
            ),
        )
        for frame, (hand,) in hands.items()
    }
    found = finding(check_hand_size(MemoryRig(cameras, noisy)), "bone lengths")
    assert found.level == "warning"


def test_hands_outside_the_common_volume(cameras, hands):
    (found,) = check_coverage(MemoryRig(cameras, hands))
    assert found.level == "ok" and "front 100%" in found.message
    away = {
        frame: (dataclasses.replace(hand, joints=hand.joints + [220, 0, 0]),)
        for frame, (hand,) in hands.items()
    }
    (found,) = check_coverage(MemoryRig(cameras, away))
    assert found.level == "error"


def test_no_labels_no_findings(cameras):
    rig = MemoryRig(cameras, {})
    checks = (check_hand_size, check_coverage, check_reprojection)
    assert [list(check(rig)) for check in checks] == [[], [], []]


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
