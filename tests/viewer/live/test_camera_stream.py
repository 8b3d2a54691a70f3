import time

import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.viewer.live import CameraStream
from tests.viewer.live.conftest import FPS, FRAMES


def test_a_video_is_played_at_its_own_rate_to_its_end(video):
    start = time.perf_counter()
    with CameraStream(video) as stream:
        assert stream.fps == pytest.approx(FPS)
        taken = list(stream)
    assert time.perf_counter() - start >= (FRAMES - 1) / FPS
    numbers = [one.number for one in taken]
    assert numbers == sorted(set(numbers)) and numbers[-1] == FRAMES - 1
    for one in taken:
        assert one.image.shape == (48, 64, 3)
        assert abs(int(one.image.mean()) - 8 * one.number) < 4
        assert one.decode_s > 0 and one.ready >= one.time
    assert taken[-1].time - taken[0].time <= time.perf_counter() - start


def test_who_is_slow_gets_the_newest_image(video):
    seen = []
    with CameraStream(video) as stream:
        for one in stream:
            seen.append(one.number)
            time.sleep(0.1)  # five frames
    assert len(seen) < 15 and seen[-1] >= FRAMES - 7


def test_it_may_be_left_early(video):
    with CameraStream(video) as stream:
        assert next(iter(stream)).number >= 0


@pytest.mark.parametrize("source", ["absent.mp4", "977"])
def test_no_camera(source, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordingError, match=f"{source}: cannot be opened"):
        CameraStream(source)
