"""Tests of what images alone tell: shifts in time, wrong calibrations, no images."""

import dataclasses

import numpy as np
import pytest

from hand_geo_keras.recordings.rig_check.image_checks import check_images
from tests.recordings.rig_check.filmed import FilmedRig, film, ring, turned


@pytest.fixture(scope="module")
def two():
    return ring(2)


@pytest.fixture(scope="module")
def images(two):
    return film(two)


def bad(recording):
    return [found for found in check_images(recording) if found.level != "ok"]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("noise", [0.0, 2.0, 7.0])
def test_healthy_rigs(two, seed, noise):
    found = list(check_images(FilmedRig(two, film(two, seed=seed, noise=noise))))
    assert {finding.level for finding in found} == {"ok"}, found
    assert {finding.check for finding in found} == {
        "images",
        "synchronisation of images",
        "calibration of images",
    }


def test_nothing_is_said_of_images_that_are_not_there(two, images):
    rig = FilmedRig(two, images)
    rig.missing_frames = {camera.name: frozenset(range(50)) for camera in two}
    (found,) = check_images(rig, 40)
    assert found.level == "warning"
    assert found.message == "no camera has an image among the first 40 instants"


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_a_still_hand_is_no_fault_and_tells_nothing(two, noise):
    rig = FilmedRig(two, film(two, noise=noise, moves=False))
    (found,) = check_images(rig)
    assert (found.check, found.level) == ("images", "ok")


def test_three_healthy_cameras():
    cameras = ring(3)
    assert bad(FilmedRig(cameras, film(cameras))) == []


@pytest.mark.parametrize("shift", [1, 3, 5, 30, -2])
def test_a_shifted_camera(two, images, shift):
    name = two[1].name if shift > 0 else two[0].name
    late = dict(images)
    late[name] = images[name][: len(images[name]) - abs(shift)]
    other = two[0].name if shift > 0 else two[1].name
    late[other] = images[other][abs(shift) :]
    rig = FilmedRig(two, late, offsets={two[1].name: 0})
    (found,) = bad(rig)
    assert found.check == "synchronisation of images"
    plural = "s" if abs(shift) > 1 else ""
    when = "later" if shift > 0 else "earlier"
    assert found.message == (
        f"cam1 sees motion {abs(shift)} frame{plural} {when} than cam0"
    )
    assert f"'frame_offset' of cam1 to {shift} " in found.fix
    assert found.camera == "cam1"


@pytest.mark.parametrize("lost", [1, 3, -2])
def test_a_camera_that_loses_frames(two, images, lost):
    kept = np.r_[0:70, 70 + lost : 150]
    rig = FilmedRig(two, images | {"cam1": images["cam1"][kept]})
    found = {finding.check: finding for finding in bad(rig)}["dropped frames"]
    count = f"{abs(lost)} frame{'s' if abs(lost) > 1 else ''}"
    assert f"cam1 {'lost' if lost > 0 else 'has'} {count}" in found.message
    ((first, last),) = found.frames
    assert abs(first - 70) < 15 and last == rig.num_frames - 1
    assert f"'frame_offset' 0, {-lost} in its parts" in found.fix


def test_of_three_cameras_the_one_that_is_late_is_named():
    cameras = ring(3)
    images = film(cameras)
    late = {name: shots[4:] for name, shots in images.items()}
    late["cam0"] = images["cam0"][:-4]
    (found,) = bad(FilmedRig(cameras, late, offsets={"cam0": 0}))
    assert found.message == "cam0 sees motion 4 frames later than the others"


def test_exchanged_calibrations(two, images):
    a, b = two
    swapped = (dataclasses.replace(b, name=a.name), dataclasses.replace(a, name=b.name))
    (found,) = bad(FilmedRig(swapped, images))
    assert (found.check, found.level) == ("calibration of images", "error")
    assert "the calibrations of cam0 and cam1 are exchanged" in found.fix


def test_inverted_extrinsics(two, images):
    elsewhere = [dataclasses.replace(c, t=c.t - c.R @ [150, 60, -90]) for c in two]
    inverted = [dataclasses.replace(c, R=c.R.T, t=-c.R.T @ c.t) for c in elsewhere]
    found = bad(FilmedRig(inverted, images))
    assert "the extrinsics map camera to world" in found[0].fix


def test_a_turned_camera(two, images):
    a, b = two
    (found,) = bad(FilmedRig((a, turned(b, 4.0)), images))
    assert found.check == "calibration of images"
    assert "cam0 or cam1 sees motion displaced by" in found.message
    assert "calibrate again" in found.fix


def test_a_camera_that_was_turned_midway_is_named():
    cameras = ring(3)
    images = film(cameras)
    after = film((cameras[0], turned(cameras[1], 5.0), cameras[2]))
    images["cam1"] = np.concatenate([images["cam1"][:80], after["cam1"][80:]])
    found = [f for f in bad(FilmedRig(cameras, images)) if "calibration" in f.check]
    assert [finding.camera for finding in found] == ["cam1"]
    ((first, last),) = found[0].frames
    assert abs(first - 80) < 12 and last == 149
    assert f"train on the frames before {first} only" in found[0].fix


def test_key_frames_of_the_encoders_are_no_motion(two, images):
    """At them all pixels change, in both videos at the same frame numbers."""
    rng = np.random.default_rng(0)
    late = {"cam0": images["cam0"][4:], "cam1": images["cam1"][:-4]}
    for name, shots in late.items():
        shots = shots.astype(np.float64)
        for start in range(0, len(shots), 12):
            shots[start : start + 12] += rng.normal(0, 4, shots.shape[1:3])[..., None]
        late[name] = np.uint8(np.clip(shots, 0, 255))
    (found,) = bad(FilmedRig(two, late))
    assert found.message == "cam1 sees motion 4 frames later than cam0"
