"""Tests of frame indices in label files and folders of images."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.frame_numbers import frame_numbers


def hashed(number):
    return hashlib.md5(str(number).encode()).hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        "{}",
        "{}.0",
        "img{:04d}.png",
        "labeled-data/day3/img{:04d}.png",
        r"day3\\cam1_{}.jpg",
        "img{:04d}_cam0.png",
        "2024-05-03_{}.png",
        "image ({}).png",
        "frame_{:06d}",
    ],
)
def test_numbers_and_names_of_one_sequence(name):
    names = [name.format(number) for number in (9, 10, 12)]
    assert frame_numbers(names, "file") == [9, 10, 12]


@pytest.mark.parametrize("name", ["img0012_cam0.png", "cam1_0012.jpg", "12"])
def test_single_names(name):
    assert frame_numbers([name], "file") == [12]


@pytest.mark.parametrize(
    "name",
    [
        "frame_{0:04d}_png.rf.{1}.jpg",
        "cam0_{0:04d}_jpg.rf.{1}.jpg",
        "{2}-frame_{0:04d}.png",
        "0b1e7f3a-1234-4bcd-9f00-0123456789ab__img_{0}.png",
    ],
)
def test_digits_of_exporters_are_no_frames(name):
    names = [name.format(i, hashed(i), hashed(i)[:8]) for i in range(30)]
    assert frame_numbers(names, "file") == list(range(30))


@pytest.mark.parametrize("name", ["{:08d}-cam0.png", "{:08d}-left.png"])
def test_frames_that_look_like_an_exporters_hash(name):
    assert frame_numbers([name.format(i) for i in (0, 7, 12)], "file") == [0, 7, 12]
    assert frame_numbers([name.format(12)], "file") == [12]


def test_the_frame_that_is_none_is_named():
    with pytest.raises(LabelError, match="Received: ''"):
        frame_numbers(["5", "", "7"], "file")


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=9, unique=True))
def test_any_numbers(numbers):
    names = [f"labeled-data/cam0/shot{number}_v2.png" for number in numbers]
    assert frame_numbers(names, "file") == numbers


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["photo.png"], r"needs a 0-based frame index.*Received: 'photo"),
        (["-5", "6"], "whole number from 0 on"),
        (["5.5"], "whole number from 0 on"),
        (["1e3"], "whole number from 0 on"),
        (["2024-05-03_12.png"], "nothing tells which number"),
        (["vid1_frame5.png", "vid2_frame5.png"], "nothing tells which number"),
        (["a1_b2.png", "a2_b4.png"], "not numbered as one sequence"),
        ([f"{hashed(i)}.png" for i in range(3)], "needs a 0-based frame"),
        ([f"x{hashed(i)[:4]}-{i}.png" for i in range(3)], "as one sequence"),
    ],
)
def test_what_is_not_clear_is_refused(names, match):
    with pytest.raises(LabelError, match=match):
        frame_numbers(names, "labels.csv: row 4")


def test_folders_are_chosen_by_the_video():
    names = [f"labeled-data/{c}/img{i}.png" for c in ("a", "b") for i in (3, 4)]
    assert frame_numbers(names, "file", ["b"]) == [None, None, 3, 4]
    flat = [name.split("/", 1)[1].replace("/", "_") for name in names]
    assert frame_numbers(flat, "file", ["a", "x"]) == [3, 4, None, None]
    for wanted in ((), ("a", "b"), ("c",)):
        with pytest.raises(LabelError, match="'labeled-data/a', 'labeled-data/b'"):
            frame_numbers(names, "file", wanted)


def test_labels_of_another_camera():
    names = ["labeled-data/cam1/img3.png", "labeled-data/cam1/img4.png"]
    assert frame_numbers(names, "file", ["cam0"], ["cam2"]) == [3, 4]
    with pytest.raises(LabelError, match="another camera than cam0"):
        frame_numbers(names, "file", ["cam0"], ["cam1"])
