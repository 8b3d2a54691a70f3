"""Tests of the process in which HDF5 is read, with scripts that answer badly."""

import pytest

from hand_geo_keras.recordings.view_labels import h5_tables
from hand_geo_keras.recordings.view_labels.h5_tables import H5Tables

ANSWERING = """
import json, os, sys, time
for line in sys.stdin:
    path = json.loads(line)
    if path.endswith("abort"):
        os.abort()
    if path.endswith("endless"):
        time.sleep(60)
    print(json.dumps({"table": {"rows": [path]}}), flush=True)
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    path = tmp_path / "child.py"
    path.write_text(ANSWERING)
    monkeypatch.setattr(h5_tables, "_SCRIPT", path)


def test_what_kills_the_process_is_an_error_and_the_next_file_is_read(script, tmp_path):
    tables = H5Tables()
    with pytest.raises(ValueError, match="breaks on it"):
        tables.read(tmp_path / "abort")
    assert tables.read(tmp_path / "whole") == {"rows": [str(tmp_path / "whole")]}


def test_what_never_ends_is_stopped(script, tmp_path):
    with pytest.raises(ValueError, match="breaks on it"):
        H5Tables(seconds=0.2).read(tmp_path / "endless")


def test_one_process_reads_all_files(script, tmp_path, monkeypatch):
    tables = H5Tables()
    monkeypatch.chdir(tmp_path)
    first = tables.read("a")
    assert first == {"rows": [str(tmp_path / "a")]}
    process = tables._process
    tables.read("b")
    assert tables._process is process
