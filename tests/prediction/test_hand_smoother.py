import dataclasses

import numpy as np
import pytest

from hand_geo_keras.prediction import HandPrediction
from hand_geo_keras.prediction.hand_motions import motions_of_hands
from hand_geo_keras.prediction.hand_smoother import HandSmoother
from hand_geo_keras.prediction.jitter import frame_jitter, jitter_of_hands

RNG = np.random.default_rng(0)
POSE = RNG.uniform(-60, 60, (21, 3))


def hand(frame, rng, noise=2.0, **changes):
    given = {
        "source": "a.mp4",
        "frame": frame,
        "side": "right",
        "box": np.array([320.0, 240, 125]),
        "pixels": POSE[:, :2] / 2 + [320, 240] + rng.normal(0, noise / 2, (21, 2)),
        "joints": POSE + rng.normal(0, noise, (21, 3)),
        "wrist": np.array([0.0, 0, 500]) + rng.normal(0, noise, 3),
        "time": frame / 30,
    }
    return HandPrediction(**{**given, **changes})


def clip(count, seed=0, **changes):
    rng = np.random.default_rng(seed)
    return [hand(frame, rng, **changes) for frame in range(count)]


def test_a_still_hand_trembles_less():
    smooth, raw = HandSmoother(), clip(200)
    smoothed = [smooth([one])[0] for one in raw]
    before, after = jitter_of_hands(raw), jitter_of_hands(smoothed)
    for name in ("joints_mm", "wrist_mm", "pixels_px"):
        assert after[name] < before[name] / 4
    errors = [np.abs(one.joints - POSE).mean() for one in smoothed[20:]]
    assert np.mean(errors) < 1.0  # of noise with 1.6 mm


def test_pixels_are_smoothed_as_strongly_as_millimetres():
    """Half as many pixels as mm, in a box of half 250 mm."""
    smooth, raw = HandSmoother(), clip(200)
    smoothed = [smooth([one])[0] for one in raw]
    found = {
        name: jitter_of_hands(smoothed)[name] / jitter_of_hands(raw)[name]
        for name in ("joints_mm", "pixels_px")
    }
    assert found["pixels_px"] == pytest.approx(found["joints_mm"], rel=0.25)


@pytest.mark.parametrize(
    "change",
    [
        {"side": "left"},
        {"box": np.array([520.0, 240, 125])},
        {"track": 1},
    ],
)
def test_another_hand_starts_anew(change):
    smooth, raw = HandSmoother(), clip(10)
    for one in raw[:9]:
        smooth([one])
    (found,) = smooth([dataclasses.replace(raw[9], **change)])
    np.testing.assert_array_equal(found.joints, raw[9].joints)
    np.testing.assert_allclose(found.pixels, raw[9].pixels)


def test_a_hand_that_was_lost_starts_anew():
    smooth, raw = HandSmoother(), clip(10)
    for one in raw[:5]:
        smooth([one])
    smooth([])
    np.testing.assert_array_equal(smooth([raw[6]])[0].joints, raw[6].joints)
    assert (smooth([raw[7]])[0].joints != raw[7].joints).any()


def test_hands_are_smoothed_apart():
    smooth, alone = HandSmoother(), HandSmoother()
    far = {"track": 1, "box": np.array([50.0, 50, 90]), "wrist": None}
    for one, other in zip(clip(9), clip(9, seed=1, **far)):
        found = smooth([other, one])
        (expected,) = alone([one])
        assert [hand.track for hand in found] == [1, 0]
        np.testing.assert_array_equal(found[1].joints, expected.joints)
        assert found[0].wrist is None


def test_jitter_of_white_noise_is_the_step_of_a_hand_at_rest():
    noise = np.random.default_rng(0).normal(0, 1.5, (20000, 21, 3))
    step = np.linalg.norm(np.diff(noise, axis=0), axis=-1).mean()
    assert frame_jitter(noise, np.arange(20000)) == pytest.approx(step, rel=0.01)


def test_jitter_counts_frames_in_a_row_only():
    places = np.zeros((6, 21, 3))
    places[3:] += 100
    assert frame_jitter(places, [0, 1, 2, 9, 10, 11]) == 0
    assert frame_jitter(places[:4], [0, 2, 4, 6]) is None
    assert frame_jitter(places[:2], [0, 1]) is None


def test_motions_are_one_per_track():
    hands = [
        *clip(4),
        *clip(3, track=2, side="left", wrist=None),
        hand(3, RNG, track=2, wrist=None),
    ]
    first, second = motions_of_hands(hands, 30.0)
    assert (first.name, first.reference) == ("hand0_right", "camera")
    assert (second.name, second.reference) == ("hand2_left", "wrist")
    np.testing.assert_array_equal(first.joints[1], hands[1].camera_joints)
    np.testing.assert_allclose(second.times, np.arange(4) / 30)
