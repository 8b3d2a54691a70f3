"""Tests of reading TOML."""

import pytest

from hand_geo_keras.errors import CalibrationError
from hand_geo_keras.recordings.text_files import read_toml


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encodings(tmp_path, encoding, ending):
    path = tmp_path / "a.toml"
    path.write_bytes(f"[cam_0]{ending}size = [1, 2]{ending}".encode(encoding))
    assert read_toml(path) == {"cam_0": {"size": [1, 2]}}


@pytest.mark.parametrize("text", ["[a", "a = 1\na = 2", "a = " + "[" * 100000])
def test_malformed_files(tmp_path, text):
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(CalibrationError, match=r"a\.toml"):
        read_toml(path)
