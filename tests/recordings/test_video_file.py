"""Videos that are whole or absent, also when the disk is full."""

import contextlib
import resource

import numpy as np
import pytest

from hand_geo_keras.errors import StorageError
from hand_geo_keras.recordings.video_file import VideoFile

SIZE = (64, 48)


@contextlib.contextmanager
def files_up_to(size):
    """Context in which no file can grow beyond a number of bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def write_noise(path, count):
    rng = np.random.default_rng(0)
    video = VideoFile(path, 30, SIZE)
    for _ in range(count):
        video.write(rng.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8))
    video.close()


def test_a_video_that_does_not_fit_is_an_error_and_leaves_the_earlier_one(tmp_path):
    path = tmp_path / "a.mp4"
    write_noise(path, 2)
    earlier = path.read_bytes()
    message = r"a\.mp4: only \d+ of 60 frames could be written; free some space"
    with files_up_to(30_000), pytest.raises(StorageError, match=message):
        write_noise(path, 60)
    assert path.read_bytes() == earlier
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]
