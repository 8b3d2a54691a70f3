"""Tests of checks of frame rates and time stamps."""

import numpy as np

from hand_geo_keras.recordings.rig_check.time_checks import check_time
from tests.recordings.rig_check.conftest import MemoryRig, finding


def rig(cameras, *times, num_frames=120):
    recording = MemoryRig(cameras, {}, num_frames)
    for camera, of_camera in zip(cameras, times):
        recording._sources[camera.name].times = np.asarray(of_camera)
    return recording


def regular(rate, count=600):
    return np.arange(count) * 1000 / rate


def test_equal_rates(cameras):
    (found,) = check_time(rig(cameras, regular(30), regular(30)))
    assert found.level == "ok" and "front 30, side 30" in found.message


def test_rates_that_drift_apart(cameras):
    recording = rig(cameras, regular(30), regular(29.97), num_frames=5400)
    (found,) = check_time(recording)
    assert found.level == "warning" and "by 5 frames" in found.message


def test_time_stamps_of_milliseconds_do_not_drift(cameras):
    (found,) = check_time(rig(cameras, regular(30), regular(30).round()))
    assert found.level == "ok"


def test_another_rate_than_the_rig_states(cameras):
    recording = rig(cameras, regular(60), regular(60))
    found = finding(check_time(recording), "stated frame rate")
    assert found.level == "warning"
    assert "to have 30 frames per second, but front has 60" in found.message


def test_dropped_frames(cameras):
    times = np.delete(regular(30), [100, 200, 201])
    found = finding(check_time(rig(cameras, regular(30), times)), "dropped frames")
    assert found.level == "warning" and "leave out 3 frames" in found.message


def test_images_have_no_time_stamps(cameras):
    assert list(check_time(rig(cameras, (), ()))) == []
