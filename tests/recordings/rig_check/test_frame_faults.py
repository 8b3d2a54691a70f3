"""Tests of the checks of single frames."""

import numpy as np
import pytest

from hand_geo_keras.recordings.rig_check.frame_faults import (
    check_frame_faults,
    frame_faults,
)
from hand_geo_keras.recordings.rig_check.frame_scan import scan_frames
from tests.recordings.rig_check.filmed import FilmedRig, film, ring, wall

CAMERAS = ring(2)


def findings(images):
    scans = scan_frames(FilmedRig(CAMERAS, images))
    return list(check_frame_faults(frame_faults(scans)))


@pytest.fixture(params=[0.0, 2.0], ids=["clean", "noisy"])
def images(request):
    return film(CAMERAS, 120, noise=request.param)


def with_order(images, order):
    return images | {"cam1": images["cam1"][order]}


@pytest.mark.parametrize("level", [0, 3, 200])
def test_black_and_blank_frames(images, level):
    images["cam1"][40:43] = level
    (found,) = [f for f in findings(images) if f.check == "black frames"]
    assert (found.level, found.camera) == ("warning", "cam1")
    assert found.frames == ((40, 42),)
    assert found.message == "cam1 is black or blank in frames 40 to 42 (3 of 120)"


def test_a_camera_that_goes_black(images):
    images["cam1"][70:] = 0
    (found,) = findings(images)
    assert found.level == "error" and found.frames == ((70, 119),)


@pytest.mark.parametrize("copies", [1, 2, 4])
def test_repeated_frames(images, copies):
    order = np.arange(120)
    order[50 : 50 + copies] = 49
    (found,) = findings(with_order(images, order))
    assert (found.check, found.camera) == ("repeated frames", "cam1")
    assert found.frames == ((50, 49 + copies),)


def test_a_camera_of_half_the_rate(images):
    (found,) = findings(with_order(images, np.arange(120) // 2 * 2))
    assert found.check == "repeated frames"
    assert len(found.frames) in (58, 59, 60)


@pytest.mark.parametrize(("length", "end"), [(12, 62), (70, 120)])
def test_frozen_frames_and_a_dead_camera(images, length, end):
    order = np.arange(120)
    order[50 : 50 + length] = 49
    (found,) = findings(with_order(images, order))
    assert (found.check, found.camera) == ("frozen frames", "cam1")
    assert found.frames == ((50, end - 1),)
    assert ("to the end" in found.message) == (end == 120)
    if end == 120:
        assert found.level == "error" and "-frames:v 50" in found.fix


def test_a_hand_that_leaves_one_view_is_no_fault():
    images = film(CAMERAS, 120, noise=0.0)
    images["cam1"][:] = wall(CAMERAS[1])
    for frame in range(20, 70):  # it crosses the image and is gone
        left = 6 * frame - 200
        images["cam1"][frame, 40:70, max(0, left) : max(0, left + 30)] = 220
    assert findings(images)[0].check == "images"


def test_a_camera_that_stops_while_the_hand_is_in_view():
    images = film(CAMERAS, 120, noise=0.0)
    images["cam1"][:] = wall(CAMERAS[1])
    for frame in range(20, 120):
        left = 6 * min(frame, 50) - 200
        images["cam1"][frame, 40:70, max(0, left) : max(0, left + 30)] = 220
    (found,) = findings(images)
    assert found.frames == ((51, 119),)
