"""Tests of reading JSON files."""

import pytest

from hand_geo_keras.errors import LabelError, RecordingError
from hand_geo_keras.recordings.text_files import read_json


def test_reads_an_object(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}')
    assert read_json(path) == {"a": 1}


@pytest.mark.parametrize("text", ["", '{"people": [', "[1, 2]"])
def test_broken_files_raise_the_given_error_and_are_named(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(LabelError, match=r"broken\.json"):
        read_json(path, LabelError)


def test_binary_file(tmp_path):
    path = tmp_path / "binary.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecordingError, match="is no text in UTF-8"):
        read_json(path)


def test_absent_file(tmp_path):
    with pytest.raises(RecordingError, match="cannot be read"):
        read_json(tmp_path / "absent.json")


def test_byte_order_mark(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}', encoding="utf-8-sig")
    assert read_json(path) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[" * 100000, "too deeply"),
        ('{"a": ' * 100000, "too deeply"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands twice"),
        ('{"a": 1} {"b": 2}', "is not valid JSON"),
        ('{"a": %s}' % ("9" * 5000), "is not valid JSON"),
    ],
)
def test_hostile_files(tmp_path, text, match):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(RecordingError, match=match):
        read_json(path)
