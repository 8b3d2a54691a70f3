"""Tests of checks of the labelled hand itself."""

import dataclasses

import numpy as np
import pytest

from hand_geo_keras.recordings.rig_check.shape_checks import check_shape
from tests.recordings.rig_check.conftest import MemoryRig, finding


def scaled(hands, factor):
    return {
        frame: tuple(
            dataclasses.replace(hand, joints=hand.joints * factor) for hand in of_frame
        )
        for frame, of_frame in hands.items()
    }


def test_hand_of_the_right_size(cameras, hands):
    findings = list(check_shape(MemoryRig(cameras, hands)))
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
    found = finding(check_shape(MemoryRig(cameras, scaled(hands, factor))), "hand size")
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
    found = finding(check_shape(MemoryRig(cameras, noisy)), "bone lengths")
    assert found.level == "warning"


def test_a_hand_of_the_other_side(cameras, hands):
    called_left = {
        frame: (dataclasses.replace(hand, side="left"),)
        for frame, (hand,) in hands.items()
    }
    found = finding(check_shape(MemoryRig(cameras, called_left)), "handedness")
    assert found.level == "error" and "--side=right" in found.fix


def test_joints_in_another_order(cameras, hands):
    tip_first = [*range(4, 0, -1), *range(8, 4, -1), *range(12, 8, -1)]
    order = [*tip_first, *range(16, 12, -1), *range(20, 16, -1), 0]
    mixed = {
        frame: (dataclasses.replace(hand, joints=hand.joints[order]),)
        for frame, (hand,) in hands.items()
    }
    found = finding(check_shape(MemoryRig(cameras, mixed)), "joint order")
    assert found.level == "error" and "--joint_order=interhand" in found.fix


def test_no_labels_no_findings(cameras):
    assert list(check_shape(MemoryRig(cameras, {}))) == []
