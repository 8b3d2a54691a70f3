"""Recording from videos in place of cameras, and from a scripted driver."""

import csv
import threading
import time

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import RecordingError
from hand_geo_keras.recordings import open_recording, write_rig
from hand_geo_keras.recordings.capture import capture_source, record_cameras
from hand_geo_keras.recordings.rig_check import check_rig
from hand_geo_keras.recordings.video_frames import VideoFrames
from tests.recordings.conftest import SIZE, make_camera, write_video


def greys(path):
    """Mean grey value of each frame."""
    frames = VideoFrames(path)
    return [float(image.mean()) for _, image in frames.read(range(frames.num_frames))]


def rows(folder):
    with open(folder / "timestamps.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_videos_in_place_of_cameras(tmp_path):
    for name in ("a", "b"):
        write_video(tmp_path / f"{name}.mp4", num_frames=20)
    out = tmp_path / "out"
    sources = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    capture = record_cameras(sources, out, seconds=0.5, progress=False)
    assert capture.num_frames == 15 and capture.fps == 30
    for name in ("a", "b"):
        # 10 from frame to frame, if none is lost or twice there.
        values = greys(out / f"{name}.mp4")
        assert (np.abs(np.diff(values) - 10) < 7).all() and abs(values[14] - 140) < 9
    assert len(rows(out)) == 30 and rows(out)[3]["camera"] == "b"
    assert float(rows(out)[3]["time_ms"]) == pytest.approx(1000 / 30, abs=0.01)
    assert sorted(file.name for file in out.iterdir()) == [
        *("a.mp4", "b.mp4", "timestamps.csv")
    ]


def test_it_ends_with_the_shortest_video(tmp_path):
    write_video(tmp_path / "a.mp4", num_frames=20)
    write_video(tmp_path / "b.mp4", num_frames=12)
    sources = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    assert record_cameras(sources, tmp_path / "out", progress=False).num_frames == 12


class Driver:
    """A webcam of 30 frames per second; the grey value is the frame's own number.

    Args:
        lacking: Numbers of frames that it drops.
        count: Frames after which it falls silent.
        has: Settings that it lets be changed.
    """

    def __init__(self, lacking=(), count=10**6, has=()):
        self.lacking, self.count, self.has = set(lacking), count, has
        self.number, self.set_to = -1, {}
        self.begun = time.monotonic()

    def isOpened(self):
        return True

    def set(self, what, value):
        if what in self.has:
            self.set_to[what] = value
        return what in self.has

    def get(self, what):
        sizes = {cv2.CAP_PROP_FRAME_WIDTH: SIZE[0], cv2.CAP_PROP_FRAME_HEIGHT: SIZE[1]}
        known = {**sizes, cv2.CAP_PROP_FPS: 30.0, cv2.CAP_PROP_EXPOSURE: 157.0}
        return self.set_to.get(what, known.get(what, 3.0))

    def grab(self):
        self.number += 1
        while self.number in self.lacking:
            self.number += 1
        if self.number >= self.count:
            return False
        due = self.begun + self.number / 30
        time.sleep(max(0.0, due - time.monotonic()))
        return True

    def retrieve(self):
        return True, np.full((SIZE[1], SIZE[0], 3), self.number % 200, np.uint8)

    def release(self):
        pass


@pytest.fixture
def drivers(monkeypatch):
    """dict from device number to `Driver`, which stands for the real ones."""
    found = {}
    real = cv2.VideoCapture
    monkeypatch.setattr(
        cv2, "VideoCapture", lambda d: found[d] if d in found else real(d)
    )
    monkeypatch.setattr(capture_source, "_WARM_UP_SECONDS", 0.05)
    return found


def test_dropped_frames_are_repeated_and_counted(drivers, tmp_path):
    # A clock of their own, so that a busy machine is no dropped frame.
    drivers[0], drivers[2] = Driver(), Driver(lacking=range(18, 21))
    stamps = lambda source: 1000 / 30 * source._video.number  # noqa: E731
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(capture_source.CaptureSource, "_stamp", stamps)
        capture = record_cameras([0, 2], tmp_path, seconds=1, progress=False)
    assert capture.num_frames == 30
    assert capture.repeated["cam0"] == 0 and capture.repeated["cam2"] in (2, 3)
    assert f"{capture.repeated['cam2']} of 30 frames dropped" in capture.text()
    assert "WARNING: frames were dropped" in capture.text()
    repeated = [row for row in rows(tmp_path) if row["repeated"] == "1"]
    assert {row["camera"] for row in repeated} == {"cam2"}


def test_what_the_driver_does_not_lock_is_said(drivers, tmp_path):
    exposure = (cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_EXPOSURE)
    drivers[0] = Driver(has=(*exposure, cv2.CAP_PROP_AUTO_WB, cv2.CAP_PROP_AUTOFOCUS))
    drivers[1] = Driver()
    names = ["left", "right"]
    capture = record_cameras([0, 1], tmp_path, names, 0.2, progress=False)
    assert drivers[0].set_to[cv2.CAP_PROP_AUTO_EXPOSURE] == 1  # manual, for V4L2
    assert drivers[0].set_to[cv2.CAP_PROP_EXPOSURE] == 157  # where it had settled
    left, right, _ = capture.text().splitlines()[:3]
    assert left.startswith("left") and "exposure locked, white balance locked" in left
    assert "exposure NOT locked by the driver" in right


def test_ctrl_c_leaves_whole_files(drivers, tmp_path, monkeypatch):
    drivers[0] = Driver()
    taken = []

    def interrupted(source):
        taken.append(source)
        if len(taken) > 12:
            raise KeyboardInterrupt
        return next_of(source)

    next_of = capture_source.CaptureSource.next
    monkeypatch.setattr(capture_source.CaptureSource, "next", interrupted)
    capture = record_cameras([0], tmp_path, progress=False)
    assert 5 < capture.num_frames <= 12
    assert VideoFrames(tmp_path / "cam0.mp4").num_frames == capture.num_frames
    assert len(rows(tmp_path)) == capture.num_frames
    assert not [thread for thread in threading.enumerate() if "_read" in thread.name]


def test_a_camera_that_falls_silent(drivers, tmp_path, monkeypatch):
    monkeypatch.setattr(capture_source, "_SILENT_SECONDS", 0.3)
    monkeypatch.setattr(capture_source, "_FAILED_READS", 10**6)
    drivers[0], drivers[1] = Driver(), Driver(count=20)
    with pytest.raises(RecordingError, match=r"'cam1' delivered no frame for 0\.3 s"):
        record_cameras([0, 1], tmp_path, progress=False)
    # What was recorded until then is whole.
    assert VideoFrames(tmp_path / "cam0.mp4").num_frames > 5


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"devices": []}, "No camera is given"),
        ({"devices": ["none.mp4"]}, "neither the number of a camera nor a video"),
        ({"names": ["a", "a"]}, "as many distinct names"),
        ({"names": ["a/b", "c"]}, "A camera's name must be"),
        ({"seconds": 0}, "--seconds must be positive"),
        ({"fps": float("nan")}, "--fps must be positive"),
    ],
)
def test_bad_arguments(tmp_path, arguments, match):
    for name in ("a", "b"):
        write_video(tmp_path / f"{name}.mp4")
    known = {"devices": [tmp_path / "a.mp4", tmp_path / "b.mp4"]}
    with pytest.raises(RecordingError, match=match):
        record_cameras(**known | arguments, folder=tmp_path / "out", progress=False)
    assert not (tmp_path / "out").exists()


def test_earlier_videos_are_kept(tmp_path):
    write_video(tmp_path / "a.mp4")
    write_video(tmp_path / "out" / "a.mp4", num_frames=3)
    with pytest.raises(RecordingError, match=r"a\.mp4: there is a video already"):
        record_cameras([tmp_path / "a.mp4"], tmp_path / "out", progress=False)
    assert VideoFrames(tmp_path / "out" / "a.mp4").num_frames == 3
    record_cameras(
        [tmp_path / "a.mp4"], tmp_path / "out", overwrite=True, progress=False
    )
    assert VideoFrames(tmp_path / "out" / "a.mp4").num_frames == 12


def test_the_check_reads_the_time_stamps(tmp_path):
    cameras = [make_camera("front", 0.0), make_camera("side", 0.6)]
    for camera in cameras:
        write_video(tmp_path / f"{camera.name}.mp4")
    sources = [tmp_path / f"{camera.name}.mp4" for camera in cameras]
    rig = tmp_path / "rig"
    record_cameras(sources, rig, progress=False)
    write_rig(rig, cameras, {c.name: f"{c.name}.mp4" for c in cameras}, 30)
    text = check_rig(open_recording(rig), num_frames=0).text()
    assert "ok       recorded times: frames of one number were taken within 0" in text
    stamps = rig / "timestamps.csv"
    stamps.write_text(stamps.read_text().replace(",0\n", ",1\n", 5))
    recording = open_recording(rig)
    text = check_rig(recording, num_frames=0).text()
    assert "WARNING  recorded times" in text and "front 3, side 2" in text
    # Repeated frames are of another instant: they count as missing.
    assert recording.missing_frames == {"front": {0, 1, 2}, "side": {0, 1}}
    (_, image) = next(recording.frames("side", [1]))
    assert image is None


def test_stamps_of_further_cameras_do_not_matter(rig_dir):
    rows = [f"0,{name},1,1\n" for name in ("front", "side", "top")]
    (rig_dir / "timestamps.csv").write_text(
        "".join(["frame,camera,time_ms,repeated\n", *rows])
    )
    assert open_recording(rig_dir).missing_frames == {"front": {0}, "side": {0}}


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("a,b\n1,2\n", "must have the columns frame, camera"),
        ("frame,camera,time_ms,repeated\n0,back,1,0\n", "row 2: is no time stamp"),
        ("frame,camera,time_ms,repeated\n0,front,soon,0\n", "time_ms must be finite"),
        ("frame,camera,time_ms,repeated\n0,front,1\n", "row 2: is no time stamp"),
    ],
)
def test_malformed_time_stamps(rig_dir, content, match):
    (rig_dir / "timestamps.csv").write_text(content)
    with pytest.raises(RecordingError, match=match):
        check_rig(open_recording(rig_dir), num_frames=0)
