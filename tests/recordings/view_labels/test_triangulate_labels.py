"""Tests of 3D hands from 2D labels."""

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings.view_labels import triangulate_labels
from tests.recordings.view_labels.conftest import FRAMES


def test_exact_labels_give_exact_joints(three_cameras, labels, joints):
    hands, report = triangulate_labels(three_cameras, labels, side="left", subject="me")
    for frame in FRAMES:
        (hand,) = hands[frame]
        np.testing.assert_allclose(hand.joints, joints[frame], atol=1e-6)
        assert (hand.side, hand.subject, hand.valid.all()) == ("left", "me", True)
    assert (report.frames, report.joints, report.rejected_joints) == (3, 63, 0)
    assert report.error_px < 1e-6
    assert set(report.error_px_of_camera) == {"c0", "c1", "c2"}
    assert "3 frames with a 3D hand" in report.text()


def test_one_wrong_view_of_three_is_dropped(three_cameras, labels, joints):
    labels["c1"][5][8] += [12, -9]
    hands, report = triangulate_labels(three_cameras, labels, max_error_px=2)
    (hand,) = hands[5]
    np.testing.assert_allclose(hand.joints, joints[5], atol=1e-6)
    assert (report.rejected_views, report.rejected_joints) == (1, 0)


def test_two_views_that_contradict_make_a_joint_invalid(three_cameras, labels):
    # Across the epipolar lines, which are nearly horizontal here.
    labels["c1"][5][8] += [0, 30]
    hands, report = triangulate_labels(three_cameras[:2], labels, max_error_px=2)
    (hand,) = hands[5]
    assert np.flatnonzero(~hand.valid).tolist() == [8]
    assert np.isnan(hand.joints[8]).all() and hand.reprojection_px[8] == 0
    assert (report.rejected_joints, report.rejected_views) == (1, 0)


def test_joints_of_one_view_and_frames_without_any(three_cameras, labels):
    for name in ("c1", "c2"):
        del labels[name][7]
        labels[name][2][3] = np.nan
    hands, report = triangulate_labels(three_cameras, labels)
    assert sorted(hands) == [2, 5]
    assert not hands[2][0].valid[3]
    assert (report.frames, report.frames_without_hand) == (2, 1)
    assert report.too_few_views == 22


def test_noise_shows_in_the_report(three_cameras, labels):
    noise = np.random.default_rng(0)
    for of_camera in labels.values():
        for pixels in of_camera.values():
            pixels += noise.normal(0, 0.5, pixels.shape)
    hands, report = triangulate_labels(three_cameras, labels)
    assert 0.2 < report.error_px < 0.6 < report.error_px_95 < 2
    assert 0.2 < hands[5][0].reprojection_px.mean() < 1


def test_labels_of_one_camera(three_cameras, labels):
    with pytest.raises(LabelError, match="in two views of the same instant"):
        triangulate_labels(three_cameras, {"c0": labels["c0"]})
