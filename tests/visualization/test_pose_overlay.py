"""Tests of predicted over true skeletons."""

import numpy as np
import pytest

from hand_geo_keras.visualization.pose_overlay import pose_overlay
from tests.pool import make_pool


def widths(overlay, color):
    """Pixels of one colour per row that has any."""
    rows = (np.abs(overlay.astype(int) - color).max(-1) < 40).sum(1)
    return rows[rows > 0]


@pytest.mark.parametrize("size", [32, 64])
def test_lines_are_equally_wide_whatever_the_crop(size):
    pool = make_pool(sequences=1, instants=1, views=1, crop_size=size, stored_size=size)
    pool.images[:] = 0
    # A single bone upwards, as true and as predicted; the rest is at the wrist.
    pool.joints[0] = pool.joints[0, 0]
    up = pool.rotations[0].T @ [0, -30.0, 0]
    pool.joints[0, 9] = pool.joints[0, 9] + up
    pool.valid[:] = True
    truth = pose_overlay(pool, 0, None)
    assert truth.shape == (384, 384, 3)
    both = pose_overlay(pool, 0, pool.poses(0))
    seen = [np.median(widths(truth, (255, 255, 255)))]
    seen.append(np.median(widths(both, (70, 190, 80))))
    assert seen[0] == pytest.approx(seen[1], abs=1)
    assert seen[0] == pytest.approx(5, abs=1)  # with the rim of anti-aliasing
    # White is hidden where both agree.
    assert len(widths(both, (255, 255, 255))) == 0
