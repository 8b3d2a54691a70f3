"""Tests of unpacking the archive of hand labels."""

import io
import tarfile

import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.hand_archive import check_hand_archive, unpack_hands

NAME = "handRecon3D_hd{:08d}.json"


def write_tar(path, names):
    with tarfile.open(path, "w") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return path


@pytest.mark.parametrize("level", ["", "./", "hdHand3d/", "hdHand3d/hd/", "../../"])
def test_only_the_file_names_count(tmp_path, level):
    names = [level + NAME.format(frame) for frame in (3, 4)]
    archive = write_tar(tmp_path / "hdHand3d.tar", [*names, level + "notes.txt"])
    assert unpack_hands(archive, tmp_path / "in" / "hdHand3d") == 2
    found = sorted((tmp_path / "in" / "hdHand3d").iterdir())
    assert [file.name for file in found] == [NAME.format(3), NAME.format(4)]
    assert found[0].read_text() == names[0]


@pytest.mark.parametrize("length", [0, 100, 700, 1024, 1500])
def test_cut_off_archive_leaves_nothing(tmp_path, length):
    names = [NAME.format(frame) for frame in range(4)]
    archive = write_tar(tmp_path / "hdHand3d.tar", names)
    archive.write_bytes(archive.read_bytes()[:length])
    with pytest.raises(RecordingError, match=r"hdHand3d\.tar: the archive is damaged"):
        check_hand_archive(archive)
    with pytest.raises(RecordingError, match=r"hdHand3d\.tar: the archive is damaged"):
        unpack_hands(archive, tmp_path / "hdHand3d")
    assert list(tmp_path.iterdir()) == [archive]


def test_archive_without_hands(tmp_path):
    archive = write_tar(tmp_path / "hdHand3d.tar", ["body3DScene_00000001.json"])
    with pytest.raises(RecordingError, match="holds no file named like handRecon3D"):
        unpack_hands(archive, tmp_path / "hdHand3d")
