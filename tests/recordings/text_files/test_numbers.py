"""Tests of numbers from files."""

import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.text_files.numbers import (
    finite_number,
    number_array,
    number_count,
    whole_number,
)


def test_arrays_of_any_layout():
    np.testing.assert_array_equal(number_array([[1], [2]], (2,), "x"), [1.0, 2.0])
    known = number_array([1, None], (2,), "x", allow_nan=True)
    assert known[0] == 1 and np.isnan(known[1])


@pytest.mark.parametrize(
    "values",
    [
        *([1], [1, 2, 3], "12", None, [1, "x"], [1, [2]], [1, None], [1, np.inf]),
        *([1, 1e300], [1, 10**400], {"a": 1}, [1, {}], [[], []]),
    ],
)
def test_what_are_no_two_numbers(values):
    with pytest.raises(CalibrationError, match=r"a.json: field 'x' must be"):
        number_array(values, (2,), "a.json: field 'x'")


def test_single_numbers():
    assert finite_number(3, "x") == 3 and finite_number(-2.5, "x") == -2.5
    for value in ("3", True, None, [1], np.nan, 10**400, 1e300):
        with pytest.raises(CalibrationError, match="must be a finite number"):
            finite_number(value, "x")
    with pytest.raises(CalibrationError, match="must be a positive number"):
        finite_number(0, "x", positive=True)


@pytest.mark.parametrize(
    "value", [12, 12.0, "12", " 12.0 ", "+12", "0012", np.int64(12)]
)
def test_whole_numbers(value):
    assert whole_number(value) == 12


@pytest.mark.parametrize(
    "value",
    [-1, 1.5, "1.5", "-1", "1e3", "", None, True, [1], 10**30, np.nan, "9" * 40],
)
def test_what_is_no_whole_number(value):
    assert whole_number(value) is None


def test_counts():
    assert number_count([[1, 2], [3, 4]]) == 4
    assert number_count([[1, 2], [3]]) == number_count("x") == 0
