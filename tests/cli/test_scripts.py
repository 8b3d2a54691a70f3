"""Tests of how scripts end."""

import pytest

from hand_geo_keras.cli.scripts import resumable_script
from hand_geo_keras.errors import DatasetError


def test_bad_input_is_one_sentence():
    with pytest.raises(SystemExit, match=r"^error: no such data$"), resumable_script():
        raise DatasetError("no such data")


def test_other_errors_keep_their_traceback_unless_they_are_named():
    with pytest.raises(ValueError, match="a bug"), resumable_script():
        raise ValueError("a bug")
    with pytest.raises(SystemExit, match="error: bad"), resumable_script(ValueError):
        raise ValueError("bad")


def test_ctrl_c_says_how_to_go_on():
    with pytest.raises(SystemExit, match="run the same"), resumable_script():
        raise KeyboardInterrupt
