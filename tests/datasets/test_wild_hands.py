import shutil

import cv2
import numpy as np
import pytest

from hand_geo_keras.datasets import load_instants, write_wild
from hand_geo_keras.datasets.preparation import Preparation
from hand_geo_keras.errors import RecordingError
from hand_geo_keras.pipelines import quad_dataset

SMALL = Preparation(crop_size=32, context=1.25)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("wild")
    write_wild(path, 64, views=2, preparation=SMALL)
    return path


def test_a_pool_and_quads_are_made_of_the_instants(folder):
    pool = load_instants(folder)
    assert len(pool) == 64 and len(pool.images) == 128
    assert pool.images.shape[1:] == (40, 40, 3)
    assert len(set(pool.sequences)) == 8
    batch = next(iter(quad_dataset(pool, 2, seed=0)))
    assert batch["image"].shape[-3:] == (32, 32, 3)


def test_what_a_killed_process_left_is_not_read(tmp_path, folder):
    shutil.copytree(folder, tmp_path / "killed")
    half = (folder / "instants-00000.tfrecord").read_bytes()[:-5]
    for name in (".instants-00001.0a1b.partial.tfrecord", "instants-00002.tfrecord"):
        (tmp_path / "killed" / name).write_bytes(half)  # the second has no counts yet
    assert len(load_instants(tmp_path / "killed")) == 64


def test_the_joints_are_where_the_cameras_look(folder):
    pool = load_instants(folder)
    joints = pool.joints[pool.instant_of_view]
    seen = np.einsum("vij,vkj->vki", pool.rotations, joints)
    seen += pool.translations[:, None]
    pixels = seen[..., :2] / seen[..., 2:] * pool.focals[:, None, None] + 15.5
    assert (pixels > 0).all() and (pixels < 31).all()


def test_a_finished_folder_is_left_alone_and_a_missing_shard_written_again(folder):
    shard = folder / "instants-00000.tfrecord"
    before = shard.read_bytes()
    assert write_wild(folder, 64, views=2, preparation=SMALL)["rendered"] == 0
    shard.unlink()
    assert write_wild(folder, 64, views=2, preparation=SMALL)["rendered"] == 1
    assert shard.read_bytes() == before


def test_processes_share_the_missing_shards_and_write_the_same(tmp_path, folder):
    shutil.copytree(folder, tmp_path / "two")
    (tmp_path / "two" / "instants-00000.tfrecord").unlink()
    written = write_wild(tmp_path / "two", 128, views=2, preparation=SMALL, workers=2)
    assert written == {"instants": 128, "views": 256, "rendered": 2}
    fewer = write_wild(tmp_path / "two", 1, views=2, preparation=SMALL)
    assert fewer == {**written, "rendered": 0}  # what is there stays, and is read
    one, two = load_instants(folder), load_instants(tmp_path / "two")
    np.testing.assert_array_equal(two.images[:128], one.images)
    np.testing.assert_array_equal(two.joints[:64], one.joints)


def test_photographs_are_used_and_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(RecordingError, match="background"):
        write_wild(tmp_path / "out", 1, backgrounds=tmp_path, preparation=SMALL)
    green = np.zeros((80, 100, 3), np.uint8)
    green[..., 1] = 200
    cv2.imwrite(str(tmp_path / "green.png"), green)
    write_wild(tmp_path / "out", 1, 7, 1, tmp_path, preparation=SMALL)
    backgrounds = np.asarray(load_instants(tmp_path / "out").backgrounds, int)
    is_green = (
        backgrounds[..., 1] - backgrounds.max(-1, initial=0, where=[1, 0, 1])
    ) > 20
    assert is_green.mean() > 0.1


def test_numbers_must_be_positive(tmp_path):
    with pytest.raises(ValueError, match="views=0"):
        write_wild(tmp_path, 1, views=0)
