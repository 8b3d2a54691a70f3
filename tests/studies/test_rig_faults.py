"""The study of a rig's faults, on short rigs."""

import numpy as np
import pytest

from hand_geo_keras.studies.rig_faults import FAULTS, rig_fault_figure, rig_fault_rows


@pytest.fixture(scope="module")
def rows():
    black = next(fault for fault in FAULTS if fault.name == "black")
    return list(rig_fault_rows(seeds=(0,), num_frames=12, faults=(black,)))


def test_healthy_rigs_come_first_and_raise_no_alarm(rows):
    assert [row["fault"] for row in rows[:2]] == ["healthy", "healthy, hand at rest"]
    assert [row["found"] for row in rows[:2]] == [0, 0]


def test_black_frames_are_found_at_every_size(rows):
    assert [(row["size"], row["found"], row["others"]) for row in rows[2:]] == [
        (1, 1, 0),
        (3, 1, 0),
        (10, 1, 0),
    ]


def test_the_figure_has_a_panel_per_fault(rows):
    figure = rig_fault_figure(rows)
    assert [axis.get_title() for axis in figure.axes] == ["black"]
    assert "0 of 2 healthy rigs" in figure.get_suptitle()


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.order], ids=lambda f: f.name)
def test_orders_keep_to_the_video_and_grow_with_the_size(fault):
    small, large = (
        fault.order(40, int(size)) for size in fault.sizes[:: len(fault.sizes) - 1]
    )
    whole = np.arange(40)
    assert {10, 19} <= set(small) <= set(range(40))  # what is late has no beginning
    assert len(np.setdiff1d(whole, large)) >= len(np.setdiff1d(whole, small))
