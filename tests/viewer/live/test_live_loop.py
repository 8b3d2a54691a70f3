import itertools

import numpy as np
import pytest

from hand_geo_keras.prediction import HandPrediction, HandSmoother
from hand_geo_keras.viewer.live import CameraStream, LatencyBudget, run_live
from hand_geo_keras.viewer.live.latency import STAGES
from hand_geo_keras.viewer.live.window import check_display


def hand(frame, rng):
    pixels = np.stack([np.linspace(20, 40, 21), np.linspace(30, 15, 21)], 1)
    joints = np.arange(63.0).reshape(21, 3) + rng.normal(0, 3, (21, 3))
    box = np.array([30.0, 24.0, 30.0])
    return HandPrediction("camera", frame, "right", box, pixels, joints, None)


class Shown:
    def __init__(self, stop_after=None):
        self.images, self.hands, self._stop = [], [], stop_after

    def __call__(self, image, hands, budget):
        self.images.append(image)
        self.hands.append(hands)
        return len(self.images) != self._stop


@pytest.fixture
def follow():
    rng = np.random.default_rng(0)
    return lambda image, source, frame: [hand(frame, rng)]


def test_every_stage_is_timed_and_overlays_are_shown(video, follow):
    shown, budget = Shown(), LatencyBudget()
    with CameraStream(video) as stream:
        run_live(stream, follow, HandSmoother(), shown, budget, max_frames=8)
    assert len(shown.images) == len(budget) == 8
    assert (shown.images[-1] != shown.images[-1][0, 0]).any()  # a skeleton on grey
    summary = budget.summary()
    assert list(summary) == [*STAGES, "total"]
    assert all(0 <= median <= high for median, high in summary.values())
    assert budget.fps > 0 and budget.milliseconds > 0
    table = budget.table().splitlines()
    assert table[0].startswith("8 frames, ") and table[1].split()[-1] == "%"
    assert [line.split()[0] for line in table[2:]] == [*STAGES, "total"]


def test_hands_are_smoothed_by_the_time_between_images(video, follow):
    shown = Shown()
    with CameraStream(video) as stream:
        run_live(stream, follow, HandSmoother(), shown, LatencyBudget(), 10)
    times = [hands[0].time for hands in shown.hands]
    assert (np.diff(times) > 0).all()
    steps = [
        np.abs(two[0].joints - one[0].joints).mean()
        for one, two in itertools.pairwise(shown.hands)
    ]
    assert np.mean(steps[3:]) < 1.5  # of raw steps of 3.4


def test_the_window_may_be_closed(video, follow):
    shown, budget = Shown(stop_after=3), LatencyBudget()
    with CameraStream(video) as stream:
        run_live(stream, follow, None, shown, budget)
    assert len(budget) == 3


def test_no_frame_is_a_budget_too():
    budget = LatencyBudget()
    assert (budget.fps, budget.milliseconds, budget.table()) == (0, 0, "no frame")


def test_a_budget_adds_up():
    budget = LatencyBudget()
    for _ in range(9):
        budget.add({"decode": 0.002, "network": 0.01})
    assert budget.summary()["total"] == pytest.approx((12.0, 12.0))
    assert budget.milliseconds == pytest.approx(12.0)


def test_a_window_needs_a_display(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(ValueError, match="there is no display"):
        check_display()
    monkeypatch.setenv("DISPLAY", ":0")
    check_display()
