"""Tests of DeepLabCut's HDF5 tables."""

import contextlib

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.recordings.view_labels import (
    LabelChoice,
    deeplabcut_h5,
    read_deeplabcut_h5,
)

PIXELS = {frame: np.arange(42.0).reshape(21, 2) + frame / 8 for frame in (3, 12)}


def write_h5(path, individuals=None, split_index=False):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("tables")
    levels, names = [["me"], list(JOINT_NAMES), ["x", "y", "likelihood"]], None
    names = ["scorer", "bodyparts", "coords"]
    if individuals:
        levels.insert(1, individuals)
        names.insert(1, "individuals")
    columns = pandas.MultiIndex.from_product(levels, names=names)
    values = [
        np.concatenate(
            [
                np.c_[pixels + 100 * number, np.full(21, 0.9)].ravel()
                for number in range(len(individuals or [1]))
            ]
        )
        for pixels in PIXELS.values()
    ]
    files = [("labeled-data", "day1", f"img{frame:04d}.png") for frame in PIXELS]
    index = files if split_index else ["/".join(parts) for parts in files]
    if split_index:
        index = pandas.MultiIndex.from_tuples(files)
    frame = pandas.DataFrame(np.array(values), index=index, columns=columns)
    frame.to_hdf(path, key="df_with_missing", mode="w")
    return path


@pytest.mark.parametrize("split_index", [False, True])
def test_tables(tmp_path, split_index):
    labels = read_deeplabcut_h5(write_h5(tmp_path / "a.h5", split_index=split_index))
    assert list(labels.frames) == [3, 12]
    np.testing.assert_array_equal(labels.frames[12], PIXELS[12])


def test_individuals(tmp_path):
    path = write_h5(tmp_path / "a.h5", ["left", "right"])
    labels = read_deeplabcut_h5(path, LabelChoice(side="right"))
    np.testing.assert_array_equal(labels.frames[3], PIXELS[3] + 100)


def test_files_that_are_no_table(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("tables")
    (tmp_path / "b.h5").write_bytes(b"no hdf5")
    pandas.DataFrame({"x": [1.0]}).to_hdf(tmp_path / "c.h5", key="x")
    for name, match in (
        ("a", "cannot be read"),
        ("b", "cannot be read"),
        ("c", "no table"),
    ):
        with pytest.raises(LabelError, match=match):
            read_deeplabcut_h5(tmp_path / f"{name}.h5")


def test_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tables", None)
    with pytest.raises(LabelError, match=r"install hand-geo-keras\[deeplabcut\]"):
        deeplabcut_h5.read_deeplabcut_h5(tmp_path / "a.h5")


class Harm:
    """Makes a file as soon as it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("place", ["attribute", "array"])
def test_nothing_in_a_file_is_run(tmp_path, place):
    path, harmed = write_h5(tmp_path / "a.h5"), tmp_path / "harmed"
    tables = pytest.importorskip("tables")
    with tables.open_file(path, "a") as file:
        group = file.get_node("/df_with_missing")
        if place == "attribute":
            group._v_attrs.encoding = Harm(harmed)
        else:
            file.remove_node(group, "axis0_level1", recursive=True)
            array = file.create_vlarray(group, "axis0_level1", tables.ObjectAtom())
            array.append(Harm(harmed))
    harmed.unlink(missing_ok=True)  # writing it may have made it
    with contextlib.suppress(LabelError):
        read_deeplabcut_h5(path)
    assert not harmed.exists()
