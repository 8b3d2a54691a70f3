"""Tests of checks of the cameras."""

import dataclasses

import numpy as np
import pytest

from hand_geo_keras.recordings.rig_check.camera_checks import (
    check_cameras,
    scene_center,
)
from tests.recordings.conftest import make_camera
from tests.recordings.rig_check.conftest import MemoryRig, finding


def findings_of(cameras, hands=None):
    return list(check_cameras(MemoryRig(cameras, hands or {})))


def test_the_scene_is_where_the_axes_meet_or_the_hand_is(cameras, hands):
    # Both cameras of the fixture look at the origin.
    np.testing.assert_allclose(scene_center(MemoryRig(cameras, {})), 0, atol=1e-9)
    mean = np.mean([hand.joints for (hand,) in hands.values()], axis=(0, 1))
    np.testing.assert_allclose(scene_center(MemoryRig(cameras, hands)), mean)


def test_good_cameras(cameras):
    assert {f.level for f in findings_of(cameras)} == {"ok"}
    baseline = finding(findings_of(cameras), "baseline").message
    assert "baselines 296 to 296 mm, angles between views 34 to 34°" in baseline


def test_one_camera(cameras):
    (first, *_) = findings_of(cameras[:1])
    assert first.level == "error" and "second calibrated view" in first.fix


def side_camera(fx, fy, cx, cy):
    K = [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]
    return dataclasses.replace(make_camera("side", 0.6), K=K)


@pytest.mark.parametrize(
    ("second", "check", "level"),
    [
        (make_camera("side", 0.05), "baseline", "error"),
        (make_camera("side", 0.1), "baseline", "warning"),
        (
            dataclasses.replace(make_camera("side", 0.6), t=np.array([0, 0, -500.0])),
            "distance",
            "error",
        ),
        (side_camera(800, 800, 32, 24), "lenses", "warning"),
        (side_camera(80, 80, 320, 240), "lenses", "warning"),
        # Millimetres, or parts of the width.
        (side_camera(4.2, 4.2, 32, 24), "lenses", "error"),
        (side_camera(80, 8, 32, 24), "lenses", "error"),
    ],
)
def test_bad_cameras(cameras, second, check, level):
    found = finding(findings_of([cameras[0], second]), check)
    assert found.level == level and found.fix.endswith(".")


def test_metres_taken_for_millimetres(cameras):
    small = [dataclasses.replace(camera, t=camera.t / 1000) for camera in cameras]
    levels = {f.check: f.level for f in findings_of(small)}
    assert (levels["baseline"], levels["distance"]) == ("error", "warning")


@pytest.mark.parametrize(
    ("mistake", "remedy"),
    [
        (lambda c: dataclasses.replace(c, t=c.center), "t = -R position"),
        (lambda c: dataclasses.replace(c, R=c.R.T, t=-c.R.T @ c.t), "invert them"),
    ],
)
def test_mistakes_in_the_extrinsics_are_named(mistake, remedy):
    """Cameras that look past each other, but would not without the mistake."""
    world = np.array([150.0, -80, 1500])
    true = [make_camera(f"c{i}", angle) for i, angle in enumerate((0.2, 0.9, -0.5))]
    true = [dataclasses.replace(c, t=c.t - c.R @ world) for c in true]
    assert finding(findings_of(true), "extrinsics").level == "ok"
    findings = findings_of([mistake(camera) for camera in true])
    assert any(remedy in found.fix for found in findings if found.level != "ok")
