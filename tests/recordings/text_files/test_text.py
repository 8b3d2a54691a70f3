"""Tests of decoding text files."""

import pytest

from hand_geo_keras.errors import LabelError, RecordingError
from hand_geo_keras.recordings.text_files import read_text

TEXT = "frame,größe\n1,2\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_encodings(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert read_text(path) == TEXT


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "is empty"),
        (b" \r\n ", "is empty"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "no text in UTF-8 or UTF-16"),
        (b"abc\0\0\0def", "zero bytes"),
        (b"\xff\xfe\x00\x80", None),
        (b"\xff\xfea", "no text in UTF-8 or UTF-16"),
    ],
)
def test_what_is_no_text(tmp_path, data, match):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    if match is None:  # one character that no table begins with
        assert len(read_text(path)) == 1
        return
    with pytest.raises(LabelError, match=match) as error:
        read_text(path, LabelError)
    assert "a.csv" in str(error.value)


def test_absent_and_large_files(tmp_path):
    with pytest.raises(RecordingError, match=r"absent\.csv: cannot be read \(No such"):
        read_text(tmp_path / "absent.csv")
    with pytest.raises(RecordingError, match="cannot be read"):
        read_text(tmp_path)
    (tmp_path / "a.csv").write_text(TEXT)
    with pytest.raises(RecordingError, match="more than the 5 that such"):
        read_text(tmp_path / "a.csv", max_bytes=5)
