"""Every camera gives the frame nearest to each instant."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_geo_keras.recordings.capture import FrameAligner
from hand_geo_keras.recordings.capture.frame_aligner import Frame

IMAGE = np.zeros((1, 1, 3), np.uint8)


def align(times, fps):
    """Instants of cameras with these times, given in the order of time."""
    aligner = FrameAligner(list(times), fps)
    events = sorted((time, name) for name, all_of in times.items() for time in all_of)
    instants = []
    for time, name in events:
        aligner.add(name, Frame(float(time), IMAGE))
        instants += aligner.ready()
    return instants, aligner


streams = st.lists(st.integers(1, 90), min_size=2, max_size=60).map(np.cumsum)


@settings(max_examples=150, deadline=None)
@given(streams, streams, st.sampled_from([10, 25, 30]))
def test_each_instant_has_the_nearest_frames(a, b, fps):
    times = {"a": a, "b": b}
    instants, aligner = align(times, fps)
    start = max(a[0], b[0])
    taken = {"a": [], "b": []}
    for number, instant in enumerate(instants):
        np.testing.assert_allclose(instant.time_ms, start + number * 1000 / fps)
        for name, all_of in times.items():
            frame = instant.frames[name]
            nearest = np.abs(all_of - instant.time_ms).min()
            assert abs(frame.time_ms - instant.time_ms) == nearest
            again = bool(taken[name]) and taken[name][-1] == frame.time_ms
            assert (name in instant.repeated) == again
            taken[name].append(frame.time_ms)
    # All instants up to the end of the shorter one.
    end = min(a[-1], b[-1])
    expected = 0 if end < start else int((end - start) / (1000 / fps) + 1e-9) + 1
    assert len(instants) == expected
    for name, all_of in times.items():
        skipped = np.isin(all_of, taken[name], invert=True)
        gone = all_of < max(taken[name], default=0)
        assert aligner.unused[name] == (skipped & gone).sum()


def test_the_end_is_not_lost_to_rounding():
    _, aligner = align({"a": [0, 33.3, 66.6], "b": [0, 33.4, 66.7]}, 30)
    (last,) = aligner.finish()
    assert last.frames["a"].time_ms == 66.6


def test_a_dropped_frame_is_said_and_the_next_ones_stay_in_place():
    period = 1000 / 30
    steady = [n * period for n in range(12)]
    lossy = [n * period + 5 for n in range(12) if n not in (4, 5)]
    instants, _ = align({"steady": steady, "lossy": lossy}, 30)
    # Frame 4 is that of 3, and for 5 that of 6 is nearer than that of 3.
    shown = [round((i.frames["lossy"].time_ms - 5) / period) for i in instants]
    assert shown[:4] == [0, 1, 2, 3] and shown[6:] == list(range(6, len(shown)))
    assert sum(bool(instant.repeated) for instant in instants) == 2


def test_a_fast_camera_s_surplus_is_counted():
    slow, fast = np.arange(0, 1000, 40), np.arange(0, 1000, 20)
    instants, aligner = align({"slow": slow, "fast": fast}, 25)
    assert not any(instant.repeated for instant in instants)
    assert aligner.unused == {"slow": 0, "fast": len(instants) - 1}
