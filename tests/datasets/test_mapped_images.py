"""Images on disk read like those in memory."""

import errno
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hand_geo_keras.datasets import instant_pool, mapped_images
from hand_geo_keras.errors import StorageError
from tests.pool import make_pool

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    images = mapped_images.map_images([IMAGES[:3], IMAGES[3:]], folder)
    assert not list(folder.iterdir())
    return images


@given(
    st.one_of(
        st.integers(-7, 6),
        st.slices(7),
        st.lists(st.integers(0, 6), max_size=9).map(lambda rows: np.array(rows, int)),
        st.lists(st.booleans(), min_size=7, max_size=7).map(np.array),
    )
)
def test_is_indexed_like_the_array(mapped, index):
    np.testing.assert_array_equal(mapped[index], IMAGES[index])
    part = IMAGES[index, 1:3, :2]
    np.testing.assert_array_equal(mapped[index, 1:3, :2], part)


def test_selection_of_a_selection(mapped):
    some = mapped.select(np.array([6, 1, 4])).select(np.array([True, False, True]))
    np.testing.assert_array_equal(np.asarray(some), IMAGES[[6, 4]])
    assert some.shape == (2, 4, 4, 3) and len(some) == 2 and some.dtype == np.uint8


def test_pool_on_disk_is_that_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(instant_pool, "_BLOCK_ON_DISK", 3)
    pools = [make_pool(folder=folder) for folder in (None, tmp_path)]
    for name in ("images", "backgrounds"):
        in_memory, on_disk = (getattr(pool, name) for pool in pools)
        assert isinstance(on_disk, mapped_images.MappedImages)
        np.testing.assert_array_equal(np.asarray(on_disk), in_memory)
    some = [pool.select(np.array([4, 7])) for pool in pools]
    np.testing.assert_array_equal(*(pool.crops(slice(None)) for pool in some))


def test_full_disk_is_named(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(mapped_images.tempfile, "TemporaryFile", lambda **_: Full())
    with pytest.raises(StorageError, match=f"{tmp_path}.*disk is full"):
        mapped_images.map_images([IMAGES], tmp_path)


def test_folder_that_cannot_be_written_to_is_not_needed(tmp_path):
    images = mapped_images.map_images([IMAGES], tmp_path / "absent")
    np.testing.assert_array_equal(np.asarray(images), IMAGES)
