"""Tests of the check for truncated videos."""

import struct

import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.mp4_boxes import check_mp4
from tests.recordings.conftest import write_video


def box(kind, payload=b""):
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def large_box(kind, payload):
    return struct.pack(">I", 1) + kind + struct.pack(">Q", 16 + len(payload)) + payload


@pytest.fixture
def video(tmp_path):
    write_video(tmp_path / "a.mp4")
    return tmp_path / "a.mp4"


def test_whole_video_passes(video):
    check_mp4(video)


@pytest.mark.parametrize("fraction", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_truncation_anywhere_is_found(video, fraction):
    data = video.read_bytes()
    video.write_bytes(data[: int(fraction * len(data))])
    with pytest.raises(RecordingError, match=r"a\.mp4: the video is truncated"):
        check_mp4(video)


def test_index_at_the_front_and_64_bit_sizes(tmp_path):
    path = tmp_path / "b.mp4"
    data = box(b"ftyp", b"isom") + box(b"moov", bytes(30))
    path.write_bytes(data + large_box(b"mdat", bytes(99)))
    check_mp4(path)
    path.write_bytes(data + large_box(b"mdat", bytes(99))[:-1])
    with pytest.raises(RecordingError, match="'mdat' at byte 50"):
        check_mp4(path)


def test_last_box_may_reach_to_the_end(tmp_path):
    path = tmp_path / "b.mp4"
    path.write_bytes(box(b"moov") + struct.pack(">I", 0) + b"mdat" + bytes(7))
    check_mp4(path)


def test_an_error_page_is_no_video(tmp_path):
    path = tmp_path / "b.mp4"
    path.write_text("<html><body>Not found</body></html>")
    with pytest.raises(RecordingError, match="no MP4 file"):
        check_mp4(path)
