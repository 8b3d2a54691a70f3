"""Tests of where frames come from, and of their rates."""

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings.frame_sources import check_frame_rates, open_frames
from hand_geo_keras.recordings.image_frames import ImageFrames
from hand_geo_keras.recordings.video_frames import VideoFrames
from tests.recordings.conftest import write_video


class TimedFrames:
    """A source of which only the time stamps matter."""

    def __init__(self, path, times, fps=30.0):
        self.path, self.times, self.fps = path / "a.mp4", np.asarray(times), fps

    def frame_times_ms(self, max_frames):
        return self.times[:max_frames]


def regular(rate, count=300):
    return np.arange(count) * 1000 / rate


def test_videos_and_images(tmp_path):
    write_video(tmp_path / "a.mp4")
    cv2.imwrite(str(tmp_path / "f_3.png"), np.zeros((4, 4, 3), np.uint8))
    assert isinstance(open_frames(tmp_path / "a.mp4"), VideoFrames)
    for path in (tmp_path, tmp_path / "f_%d.png", tmp_path / "f_*.png"):
        assert isinstance(open_frames(path), ImageFrames)


@pytest.mark.parametrize("rates", [(30, 30), (30, 29.97), (60, 59.94)])
def test_rates_that_are_the_same(tmp_path, rates):
    check_frame_rates(
        {str(rate): TimedFrames(tmp_path, regular(rate)) for rate in rates}
    )


@pytest.mark.parametrize("stamped", [True, False])
def test_rates_that_differ_are_named(tmp_path, stamped):
    sources = {
        name: TimedFrames(tmp_path, regular(rate) if stamped else (), rate)
        for name, rate in (("a", 30.0), ("b", 25.0))
    }
    with pytest.raises(RecordingError, match=r"has 25 frames per.*has 30, so.*fps=25"):
        check_frame_rates(sources)


def test_a_variable_rate_is_refused(tmp_path):
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.choice([33.3, 66.7], 300, p=[0.8, 0.2]))
    with pytest.raises(
        RecordingError, match=r"variable frame rate.*ffmpeg -i a.mp4 -vf"
    ):
        check_frame_rates({"a": TimedFrames(tmp_path, times)})


def test_jitter_and_single_gaps_are_no_variable_rate(tmp_path):
    rng = np.random.default_rng(0)
    jittered = regular(30) + rng.uniform(-4, 4, 300)
    gap = np.delete(regular(30), [50, 51])
    for times in (jittered, gap, regular(30).round(), ()):
        check_frame_rates({"a": TimedFrames(tmp_path, times)})
