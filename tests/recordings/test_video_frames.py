"""Tests of decoding video files."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.video_frames import VideoFrames
from tests.recordings.conftest import NUM_FRAMES, SIZE, damage_frame, write_video


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "video.mp4"
    write_video(path)
    return path


def shades(frames):
    """Frame index that each grey value encodes; None where unreadable."""
    return [
        (index, None if image is None else round(image.mean() / 10))
        for index, image in frames
    ]


def test_metadata(video):
    frames = VideoFrames(video)
    assert frames.num_frames == NUM_FRAMES
    assert frames.resolution == SIZE
    assert frames.fps == pytest.approx(30)


def test_every_frame_and_skipped_frames_have_their_own_index(video):
    frames = VideoFrames(video)
    assert shades(frames.read(range(NUM_FRAMES))) == [(i, i) for i in range(NUM_FRAMES)]
    assert shades(frames.read([0, 5, 11])) == [(0, 0), (5, 5), (11, 11)]


def test_images_are_rgb(tmp_path):
    path = tmp_path / "red.mp4"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 30, SIZE)
    video.write(np.full((SIZE[1], SIZE[0], 3), (0, 0, 200), np.uint8))
    video.release()
    ((_, image),) = VideoFrames(path).read([0])
    assert image.dtype == np.uint8 and image.shape == (SIZE[1], SIZE[0], 3)
    red, green, blue = image.mean((0, 1))
    assert red > 180 and green < 30 and blue < 30


def test_frames_after_a_damaged_one_keep_their_index(video):
    damage_frame(video, 5)
    read = shades(VideoFrames(video).read([4, 5, 6, 10]))
    assert read == [(4, 4), (5, None), (6, 6), (10, 10)]


def test_frames_past_the_end_are_none(video):
    assert shades(VideoFrames(video).read([11, 12, 40]))[1:] == [(12, None), (40, None)]


def test_missing_video(tmp_path):
    with pytest.raises(RecordingError, match=r"gone\.mp4: the video is missing"):
        VideoFrames(tmp_path / "gone.mp4")


@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_truncated_video(video, fraction):
    data = video.read_bytes()
    video.write_bytes(data[: int(fraction * len(data))])
    with pytest.raises(RecordingError, match=r"video\.mp4: the video cannot be opened"):
        VideoFrames(video)


def write_avi(path, num_frames=40):
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 30, SIZE)
    for index in range(num_frames):
        video.write(np.full((SIZE[1], SIZE[0], 3), 5 * index, np.uint8))
    video.release()
    return path


def set_avi_count(path, count):
    """Writes a number of frames into the headers of an AVI, as recorders leave it."""
    data = bytearray(path.read_bytes())
    main, stream = data.find(b"avih") + 8 + 16, data.find(b"strh") + 8 + 32
    for place in (main, stream):
        data[place : place + 4] = count.to_bytes(4, "little")
    path.write_bytes(data)


@pytest.mark.parametrize("count", [0, 1, 2**30, 2**31 - 1])
def test_the_count_of_a_container_is_not_believed(tmp_path, count):
    path = write_avi(tmp_path / "a.avi")
    set_avi_count(path, count)
    frames = VideoFrames(path)
    assert frames.num_frames == 40
    assert [index for index, image in frames.read(range(40)) if image is None] == []


@pytest.mark.parametrize("fraction", [0.3, 0.6, 0.9])
def test_an_unfinished_recording_is_read_to_its_last_frame(tmp_path, fraction):
    path = write_avi(tmp_path / "a.avi")
    set_avi_count(path, 0)
    data = path.read_bytes()
    begin, end = data.find(b"movi"), data.rfind(b"idx1")
    path.write_bytes(data[: begin + int(fraction * (end - begin))])
    frames = VideoFrames(path)
    assert frames.is_unfinished and 40 * fraction - 8 < frames.num_frames < 40
    images = [image for _, image in frames.read(range(frames.num_frames))]
    assert all(image is not None for image in images[:-1])


def test_finished_videos_are_not_counted(video, monkeypatch):
    monkeypatch.setattr(VideoFrames, "_counted", lambda self: pytest.fail("counted"))
    assert not VideoFrames(video).is_unfinished


def test_time_stamps(video):
    times = VideoFrames(video).frame_times_ms(100)
    assert len(times) == NUM_FRAMES
    np.testing.assert_allclose(np.diff(times), 1000 / 30, atol=0.01)
