"""The study of smoothing, on clips whose noise and lag are known."""

import csv

import numpy as np
import pytest

from hand_geo_keras.geometry import square_box
from hand_geo_keras.io import write_csv
from hand_geo_keras.prediction import HandPrediction
from hand_geo_keras.studies.smoothing import (
    COLUMNS,
    FPS,
    Clip,
    fast_motion,
    lag_ms,
    measure,
    plot,
    rendered,
    still_motion,
)
from tests.prediction.conftest import make_camera

COUNT = 60


def clip_of(make, noise=1.5):
    """A clip as `read_clip` gives it, of a model with white noise."""
    rng = np.random.default_rng(0)
    camera = make_camera(size=(640, 480))
    _, places = make(rng, COUNT)
    joints = rng.uniform(-60, 60, (21, 3))
    truth = joints + places[:, None] + [0, 0, 500.0]
    hands = []
    for frame, points in enumerate(truth):
        noisy = points + rng.normal(0, noise, (21, 3))
        pixels = camera.project(noisy)
        box = np.array(square_box(pixels, 0.4))
        given = ("clip", frame, "right", box, pixels, noisy - noisy[0], noisy[0])
        hands.append(HandPrediction(*given, time=frame / FPS))
    return Clip(camera, truth, hands)


@pytest.mark.parametrize("delay", [0.0, 1.5, 4.0])
def test_a_known_delay_is_measured(delay):
    frames = np.arange(90.0)
    line = np.stack([np.sin(frames / 6), np.cos(frames / 9)], 1)[:, None]
    late = np.stack([np.sin((frames - delay) / 6) + 3, np.cos((frames - delay) / 9)], 1)
    found = lag_ms(line, late[:, None])
    assert found == pytest.approx(1e3 * delay / FPS, abs=1.0)


def test_smoothing_trades_jitter_for_lag(tmp_path):
    clips = {"still": clip_of(still_motion), "fast": clip_of(fast_motion)}
    rows = measure(clips)
    truth, off, default, *others = rows
    assert truth["jitter_px"] < default["jitter_px"] < 0.5 * off["jitter_px"]
    assert abs(off["lag_px_ms"]) < 3 < default["lag_px_ms"]
    still = {r["setting"]: r["jitter_position_mm"] for r in others}
    lag = {r["setting"]: r["lag_position_ms"] for r in others}
    assert still["0.5,0"] < still["4,0"] and lag["0.5,0"] > lag["4,0"]
    write_csv(tmp_path / "s.csv", rows, COLUMNS)
    assert len(list(csv.reader((tmp_path / "s.csv").open()))) == len(rows) + 1
    plot(tmp_path / "s.png", clips, rows)
    assert (tmp_path / "s.png").stat().st_size > 10_000


def test_rendered_hands_are_in_the_image():
    poses, places = still_motion(np.random.default_rng(0), 2)
    joints, images, camera = rendered(0, poses, places)
    pixels = camera.project(joints[0])
    assert ((pixels > 0) & (pixels < [640, 480])).all()
    x, y = pixels[9].round().astype(int)
    empty = rendered(0, poses[:1], [np.array([0.0, 5000, 0])])[1][0]
    change = np.abs(images[0].astype(int) - empty).sum(-1)
    assert change[y - 8 : y + 8, x - 8 : x + 8].mean() > 30
