"""Tests of hand boxes from the user."""

import json

import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.prediction import open_boxes

BOX = (10.0, 20.0, 30.0)


def test_one_box_a_track_and_a_detector():
    assert open_boxes(BOX)("a.png", 5) == BOX
    track = open_boxes({5: BOX, "b.png": (1, 2, 3)})
    assert track("a.png", 5) == BOX
    assert track("b.png", 6) == (1, 2, 3)
    assert track("a.png", 6) is None
    detector = open_boxes(lambda camera, image: (camera, image))
    assert detector("a.png", 5, "camera", "image") == ("camera", "image")


@pytest.mark.parametrize(
    "content",
    [
        {"frames": {"5": BOX}},
        {"box": [1, 2, 3], "frames": {"5": BOX}},
        {"cam0": {"frames": {"5": BOX}}},
        {"cam0": {"frames": {"5": BOX}}, "cam1": {"box": [1, 2, 3]}},
    ],
)
def test_json(tmp_path, content):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(content))
    find = open_boxes(path, "cam0")
    assert find("a.png", 5) == BOX
    assert find("a.png", 6) == ((1, 2, 3) if "box" in content else None)


def test_a_single_camera_needs_no_name(tmp_path):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({"cam0": {"box": BOX}}))
    assert open_boxes(path)("a.png", 5) == BOX


@pytest.mark.parametrize("key", ["frame", "image"])
def test_csv(tmp_path, key):
    path = tmp_path / "boxes.csv"
    value = {"frame": "5", "image": "a.png"}[key]
    path.write_text(f"{key},cx,cy,side\n{value},10,20,30\n")
    find = open_boxes(path)
    assert find("a.png", 5) == BOX
    assert find("b.png", 6) is None


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("b.csv", "frame,cx,cy\n1,2,3\n", "needs the columns"),
        ("b.csv", "cx,cy,side\n1,2,3\n", "needs the columns"),
        ("b.csv", "frame,cx,cy,side\n1.5,2,3,4\n", "row 2 needs"),
        ("b.csv", "frame,cx,cy,side\n-1,2,3,4\n", "row 2 needs"),
        ("b.csv", "frame,cx,cy,side\n1,2,3,inf\n", "row 2 needs"),
        ("b.csv", "frame,cx,cy,side\n1,2,3,4\n1,2,3,5\n", "another box than before"),
        ("b.csv", "frame,cx,cy,side\n1,2,3,0\n", "row 2 needs"),
        ("b.csv", "frame,cx,cy,side\n", "holds no box"),
        ("b.csv", "frame,cx,cy,side\n1,0.4,0.5,0.2\n", "row 2 needs.*normalised"),
        ("b.json", '{"box": [0.4, 0.5, 0.2]}', "normalised by the image's width"),
        ("b.json", '{"box": [1e400, 2, 3]}', "must be"),
        ("b.json", "{", "is not valid JSON"),
        ("b.json", '{"a": {"box": [1, 2, 3]}, "b": {}}', "which camera's boxes"),
        ("b.json", '{"box": [1, 2]}', "must be"),
    ],
)
def test_malformed_files(tmp_path, name, text, match):
    (tmp_path / name).write_text(text)
    with pytest.raises(LabelError, match=match) as error:
        open_boxes(tmp_path / name)
    assert name in str(error.value)


def test_absent_files(tmp_path):
    for name in ("b.csv", "b.json"):
        with pytest.raises(LabelError, match=name):
            open_boxes(tmp_path / name)


def test_what_is_no_box():
    with pytest.raises(ValueError, match="A hand box must be"):
        open_boxes((1, 2, -3))
