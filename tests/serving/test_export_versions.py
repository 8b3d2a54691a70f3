"""Versions, folders and failures of `export`, with the costly writing replaced."""

import importlib
import os
import stat

import pytest

from hand_geo_keras.serving import export
from tests.serving.conftest import view_synthesizer


@pytest.fixture(scope="module")
def model():
    return view_synthesizer()


@pytest.fixture
def writing(monkeypatch):
    """Makes `export` write an empty SavedModel; the list tells where to."""
    module = importlib.import_module("hand_geo_keras.serving.export")
    paths = []

    def write_saved_model(path, signatures):
        paths.append(path)
        path.mkdir()
        (path / "saved_model.pb").write_bytes(b"")

    monkeypatch.setattr(module, "write_saved_model", write_saved_model)
    return paths


def integer_folders(base_path):
    return sorted(p.name for p in base_path.iterdir() if p.is_dir())


def test_takes_the_next_free_version(writing, model, tmp_path):
    base_path = tmp_path / "a" / "b"
    assert export(model, base_path) == base_path / "1"
    assert export(model, base_path) == base_path / "2"
    assert export(model, str(base_path), version=20) == base_path / "20"
    assert export(model, base_path) == base_path / "21"
    assert integer_folders(base_path) == ["1", "2", "20", "21"]


def test_never_replaces_a_version(writing, model, tmp_path):
    export(model, tmp_path, version=3)
    with pytest.raises(ValueError, match=r"exists; choose.*Received: version=3"):
        export(model, tmp_path, version=3)
    assert len(writing) == 1


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True])
def test_refuses_other_versions(writing, model, tmp_path, version):
    with pytest.raises(ValueError, match="must be a positive int"):
        export(model, tmp_path, version=version)


def test_is_written_beside_and_renamed(writing, model, tmp_path):
    export(model, tmp_path)
    assert writing[0].parent == tmp_path
    assert not writing[0].name.isdecimal()
    assert not writing[0].exists()


def test_gives_way_to_a_faster_export(writing, model, tmp_path, monkeypatch):
    module = importlib.import_module("hand_geo_keras.serving.export")
    next_version = module._next_version

    def raced(base_path):
        version = next_version(base_path)
        if version == 1:  # another process publishes between look and rename
            (tmp_path / "1").mkdir()
            (tmp_path / "1" / "saved_model.pb").write_bytes(b"theirs")
        return version

    monkeypatch.setattr(module, "_next_version", raced)
    assert export(model, tmp_path) == tmp_path / "2"
    assert (tmp_path / "1" / "saved_model.pb").read_bytes() == b"theirs"


def test_failure_leaves_nothing(model, tmp_path, monkeypatch):
    module = importlib.import_module("hand_geo_keras.serving.export")

    def fail(path, signatures):
        path.mkdir()
        (path / "half").write_bytes(b"")
        raise OSError("disk full")

    monkeypatch.setattr(module, "write_saved_model", fail)
    with pytest.raises(OSError, match="disk full"):
        export(model, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_other_users_can_read_it(exported):
    # A server usually runs as another user than the one who trained.
    mask = os.umask(0)
    os.umask(mask)
    mode = stat.S_IMODE(exported.path.stat().st_mode)
    assert mode == 0o777 & ~mask
