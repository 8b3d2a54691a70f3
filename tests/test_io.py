"""Atomic writes and JSON reading."""

import errno
import json
import math
import os
import re
import zipfile
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras import io
from hand_geo_keras.errors import (
    CalibrationError,
    HandGeoError,
    StorageError,
    WeightsError,
)
from hand_geo_keras.io import json_file


def test_replacing_keeps_ending_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "made" / "model.keras"
    with io.replacing(path) as partial:
        assert partial.suffix == ".keras"
        assert partial.parent == path.parent
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_failing_writer_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "a.txt"
    io.write_text(path, "earlier")
    with pytest.raises(KeyError), io.replacing(path) as partial:
        partial.write_text("half")
        raise KeyError
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission is denied"),
        (errno.EIO, "check the free space"),
    ],
)
def test_storage_error_names_path_and_what_is_whole(
    tmp_path, monkeypatch, function, code, said
):
    path = tmp_path / "a.txt"
    io.write_text(path, "earlier")

    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, function, fail)
        with pytest.raises(StorageError, match=said) as raised:
            io.write_text(path, "later")
        with pytest.raises(StorageError, match="no part of it was left"):
            io.write_text(tmp_path / "b.txt", "later")
    assert str(path) in str(raised.value)
    assert "the earlier one is whole" in str(raised.value)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match=r"file/a\.txt: cannot be written"):
        io.write_text(tmp_path / "file" / "a.txt", "text")


def test_error_about_another_file_passes(tmp_path):
    with pytest.raises(FileNotFoundError), io.replacing(tmp_path / "a") as partial:
        partial.write_bytes((tmp_path / "absent").read_bytes())


def test_failures_of_other_writers(tmp_path):
    context = io.replacing(tmp_path / "a", failures=(RuntimeError,))
    with pytest.raises(StorageError, match="No space left"), context:
        raise RuntimeError("No space left on device")


def test_arrays_and_images_read_back(tmp_path):
    rng = np.random.default_rng(0)
    array = rng.normal(size=(3, 2)).astype("float32")
    image = rng.integers(0, 256, (5, 7, 3), np.uint8)
    io.write_array(tmp_path / "a.npy", array)
    io.write_arrays(tmp_path / "a.npz", {"x/1": array})
    io.write_image(tmp_path / "a.png", image)
    io.write_image(tmp_path / "grey.png", image[..., 0])
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), array)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npz")["x/1"], array)
    read = cv2.imread(str(tmp_path / "a.png"))
    np.testing.assert_array_equal(read[..., ::-1], image)
    grey = cv2.imread(str(tmp_path / "grey.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(grey, image[..., 0])


@pytest.mark.parametrize("image", [np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3))])
def test_image_that_no_encoder_takes(tmp_path, image):
    ending = ".png" if image.size == 0 else ".abc"
    with pytest.raises(StorageError, match="cannot be encoded"):
        io.write_image(tmp_path / f"a{ending}", image)
    assert not list(tmp_path.iterdir())


def test_publish_folder(tmp_path):
    unfinished = tmp_path / ".unfinished"
    (unfinished / "inner").mkdir(parents=True)
    (unfinished / "inner" / "a").write_text("x")
    io.publish_folder(unfinished, tmp_path / "1")
    assert (tmp_path / "1" / "inner" / "a").read_text() == "x"
    assert not unfinished.exists()


def test_remove_partials(tmp_path):
    (tmp_path / "whole.json").write_text("{}")
    with pytest.raises(KeyError), io.replacing(tmp_path / "a.png") as partial:
        partial.write_text("x")
        left = tmp_path / partial.name.replace(".partial", "0.partial")
        left.write_text("of a killed process")
        raise KeyError
    io.remove_partials(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["whole.json"]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.text(), _VALUES))
def test_json_reads_back(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "value.json"
    io.write_json(path, value)
    assert io.read_json(path) == value


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60) | st.text('{}[]"\\:,01e9.N-', max_size=60))
def test_any_bytes_are_a_dict_or_a_typed_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        assert isinstance(io.read_json(path, CalibrationError), dict)
    except CalibrationError as error:
        assert str(path) in str(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "half-written"),
        ("[1]", "must hold a JSON object"),
        ('{"a": NaN}', "not finite"),
        ('{"a": -Infinity}', "not finite"),
        ('{"a": 1e999}', "not finite"),
        ('{"a": 1' + 400 * "0" + "}", "63 bits"),
        ('{"a": -9223372036854775808}', "63 bits"),
        ('{"a":' * 65 + "1" + "}" * 65, "levels deep"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "levels deep"),
        ('"' + '\\"' * 100_000, "half-written"),
    ],
)
def test_refused_json(tmp_path, text, said):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(CalibrationError, match=re.escape(said)) as raised:
        io.read_json(path, CalibrationError)
    assert str(path) in str(raised.value)


def test_brackets_in_strings_are_no_nesting(tmp_path):
    path = tmp_path / "a.json"
    value = {"a": '\\"' + "[{" * 100, "b": 12345678901234567.0, "c": 1e200}
    path.write_text("\ufeff" + json.dumps(value), encoding="utf-8")
    assert io.read_json(path) == value


def test_not_finite_on_request(tmp_path):
    io.write_json(tmp_path / "a.json", {"a": math.inf, "b": 1})
    assert io.read_json(tmp_path / "a.json", finite=False) == {"a": math.inf, "b": 1}


def test_absent_json(tmp_path):
    assert io.read_json(tmp_path / "absent.json", default={}) == {}
    with pytest.raises(HandGeoError, match="cannot be read"):
        io.read_json(tmp_path / "absent.json")
    with pytest.raises(HandGeoError, match="cannot be read"):
        io.read_json(tmp_path, default={})


def test_json_larger_than_the_cap(tmp_path, monkeypatch):
    monkeypatch.setattr(json_file, "MAX_JSON_BYTES", 10)
    io.write_json(tmp_path / "a.json", {"a": list(range(10))})
    with pytest.raises(HandGeoError, match="larger than 10 bytes"):
        io.read_json(tmp_path / "a.json")


def test_arrays_read_back_by_shape_and_value(tmp_path):
    arrays = {"x/1": np.ones((2, 3), "float16"), "y": np.arange(4)}
    io.write_arrays(tmp_path / "a.npz", arrays)
    assert io.array_shapes(tmp_path / "a.npz") == {"x/1": (2, 3), "y": (4,)}
    for name, array in io.read_arrays(tmp_path / "a.npz").items():
        np.testing.assert_array_equal(array, arrays[name])


def pickled(path):
    np.savez(path, a=np.array([{}, []], object))


def bomb(path):
    np.savez_compressed(path, a=np.zeros(2**27, np.uint8))


def liar(path):
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.npy", "w") as file:
        header = {"descr": "<f8", "fortran_order": False, "shape": (10**9,)}
        np.lib.format.write_array_header_1_0(file, header)


def cut_off(path):
    np.savez(path, a=np.zeros(100))
    os.truncate(path, 500)


def flipped(path):
    np.savez(path, a=np.zeros(100))
    content = bytearray(path.read_bytes())
    content[400] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("write", [pickled, bomb, liar, cut_off, flipped, Path.touch])
def test_harmful_and_damaged_arrays_are_refused(tmp_path, write):
    path = tmp_path / "a.npz"
    write(path)
    with pytest.raises(WeightsError, match=re.escape(str(path))):
        io.read_arrays(path)


def test_hdf5_is_counted_and_its_tricks_are_refused(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x/y"] = np.zeros((3, 4))
        file["z"] = 1.0
    assert io.check_hdf5(path, path) == 13
    with h5py.File(path, "w") as file:
        file.create_dataset("sparse", (10**6, 10**6), "f8")
    with pytest.raises(WeightsError, match="sparse is not stored"):
        io.check_hdf5(path, path)
    with h5py.File(path, "w") as file:
        file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(WeightsError, match="elsewhere is not stored"):
        io.check_hdf5(path, path)
    path.write_bytes(b"no HDF5")
    with pytest.raises(WeightsError, match="no whole HDF5"):
        io.check_hdf5(path, path)


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        ("cam 0.left-ä", True),
        ("", False),
        ("..", False),
        ("../evil", False),
        ("a\\b", False),
        ("a\0", False),
        ("a\n", False),
        ("x" * 101, False),
    ],
)
def test_names_that_become_paths(name, is_good):
    if is_good:
        io.check_file_name(name, "the camera", CalibrationError)
        return
    with pytest.raises(CalibrationError, match="the camera must be"):
        io.check_file_name(name, "the camera", CalibrationError)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    assert io.make_folder(tmp_path / "a" / "b").is_dir()
    io.make_folder(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file/out"):
        io.make_folder(tmp_path / "file" / "out")
