import numpy as np
import pytest

from hand_geo_keras.synthetic.timeline import (
    FrameKind,
    frames_of_kind,
    make_timeline,
)


@pytest.mark.parametrize("count", [1, 6, 250])
def test_good_frames_are_exact_and_everything_else_occurs(count):
    timeline = make_timeline(np.random.default_rng(0), count)
    assert timeline.count(FrameKind.GOOD) == count
    assert set(timeline) == set(FrameKind)


def test_labels_start_late():
    timeline = make_timeline(np.random.default_rng(1), 100)
    assert timeline[:2] == (FrameKind.EMPTY, FrameKind.EMPTY)
    empty = frames_of_kind(timeline, FrameKind.EMPTY)
    np.testing.assert_array_equal(empty, np.arange(len(empty)))


def test_flaws_are_rare():
    timeline = make_timeline(np.random.default_rng(2), 800)
    assert len(timeline) < 1.12 * 800
