"""Tests of reading tables."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.text_files import read_table

ROWS = [["frame", "x", "y"], ["1", "2.5", "-3e-5"], ["img, 2", "", "7"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("comma", [False, True])
def test_separators_and_decimal_commas(tmp_path, separator, comma):
    lines = [ROWS[0], ROWS[1], ['"img, 2"', "", "7"]]
    text = "\n".join(separator.join(line) for line in lines)
    if comma and separator != ",":
        text = text.replace("2.5", "2,5").replace("-3e-5", "-3,0e-5")
        expected = [ROWS[0], ["1", "2.5", "-3.0e-5"], ROWS[2]]
    else:
        expected = ROWS
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert read_table(path).rows == expected


def test_empty_rows_are_left_out_and_lines_counted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("sep=;\na;b\n;\n\n1;2\n")
    table = read_table(path)
    assert table.rows == [["a", "b"], ["1", "2"]]
    assert table.where(1).endswith("a.csv: row 5")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("frame\n1\n", "has one column"),
        ('a,b\n"1,2\n', "is no table"),
        (",".join("a" * 30000), "holds no table"),
    ],
)
def test_what_is_no_table(tmp_path, text, match):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(LabelError, match=match):
        read_table(path)


@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_bytes(data)
    try:
        assert read_table(path).rows
    except LabelError as error:
        assert "a.csv" in str(error)
