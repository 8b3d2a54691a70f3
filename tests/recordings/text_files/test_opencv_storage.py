"""Tests of reading files of cv2.FileStorage without it."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.text_files import read_opencv_storage

VALUES = {
    "K1": np.array([[600.5, 0, 320], [0, 1e-7, -240.25], [0, 0, 1]]),
    "D1": np.array([[-0.1, 2e20, 0.001]]),
    "f32": np.array([[1.5, 2.5]], np.float32),
    "bytes": np.array([[3, 4]], np.uint8),
    "unit": "mm",
    "count": 7,
    "fps": 29.97,
}


def store(path, values):
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for name, value in values.items():
        storage.write(name, value)
    storage.release()
    return path


@pytest.mark.parametrize("suffix", [".yml", ".xml", ".json"])
def test_what_opencv_writes(tmp_path, suffix):
    values = read_opencv_storage(store(tmp_path / f"a{suffix}", VALUES))
    assert values.keys() == VALUES.keys()
    assert (values["unit"], values["count"], values["fps"]) == ("mm", 7, 29.97)
    for name in ("K1", "D1", "f32", "bytes"):
        np.testing.assert_array_equal(values[name], VALUES[name])


def test_plain_yaml(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("K1: [[1, 2.5], [1.e-3, -0.5]]\nsize: [640, 480]\n1: {a: b}\n")
    values = read_opencv_storage(path)
    assert values == {
        "K1": [[1, 2.5], [1e-3, -0.5]],
        "size": [640, 480],
        "1": {"a": "b"},
    }


MATRIX = "%YAML:1.0\n---\nK: !!opencv-matrix\n   rows: {}\n   cols: 2\n   data: [{}]\n"


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("a.yml", MATRIX.format(2, "1, 2, 3"), "3 numbers for 2 x 2"),
        ("a.yml", MATRIX.format(-1, "1, 2"), "2 numbers for -1 x 2"),
        ("a.yml", MATRIX.format("many", "1, 2"), "'K' is malformed"),
        ("a.yml", MATRIX.format(10**30, "1, 2"), "'K' is malformed"),
        ("a.yml", MATRIX.format(1, "1, x"), "'K' is malformed"),
        ("a.yml", "%YAML:1.0\n---\n[: {", "is not valid YAML"),
        ("a.yml", "a: " + "[" * 3000, "is not valid YAML"),
        ("a.yml", "a: &x [1]\nb: *x\n", "alias"),
        ("a.yml", "a: 1\na: 2\n", "'a' stands twice"),
        ("a.yml", "a: !!python/object/apply:os.system [ls]\n", "is not valid YAML"),
        ("a.yml", "just words\n", "must hold named values"),
        ("a.yml", "? [1, 2]\n: 3\n", "is not valid YAML"),
        ("a.xml", "<opencv_storage><a>1</opencv_storage>", "is not valid XML"),
        ("a.xml", "<s><a>1</a><a>2</a></s>", "stand twice"),
        ("a.xml", '<!DOCTYPE s [<!ENTITY x "y">]><s>&x;</s>', "document type"),
        ("a.xml", "<s>" + "<a>" * 5000 + "</a>" * 5000 + "</s>", "too deeply"),
        ("a.json", '{"K": {"rows": 1, "cols": 1, "data": [null]}}', None),
    ],
)
def test_malformed_files(tmp_path, name, text, match):
    path = tmp_path / name
    path.write_text(text)
    if match is None:
        read_opencv_storage(path)
        return
    with pytest.raises(CalibrationError, match=match):
        read_opencv_storage(path)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
def test_damaged_files_are_read_or_refused(tmp_path_factory, changes):
    """The same files made cv2.FileStorage hang or crash."""
    folder = tmp_path_factory.mktemp("damaged")
    for suffix in (".yml", ".xml", ".json"):
        path = store(folder / f"a{suffix}", VALUES)
        data = bytearray(path.read_bytes())
        for place, value in changes:
            data[place % len(data)] = value
        path.write_bytes(data)
        try:
            assert isinstance(read_opencv_storage(path), dict)
        except CalibrationError as error:
            assert str(path) in str(error)


def test_json_is_the_same_as_yaml(tmp_path):
    content = {"K": {"type_id": "opencv-matrix", "rows": 1, "cols": 2, "data": [1, 2]}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    np.testing.assert_array_equal(
        read_opencv_storage(tmp_path / "a.json")["K"], [[1.0, 2.0]]
    )
