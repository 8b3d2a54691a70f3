import dataclasses

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.labelling import (
    choose_frames,
    read_chosen_frames,
    write_chosen_frames,
)
from hand_geo_keras.labelling.frames_to_correct import articulation
from hand_geo_keras.labelling.hand_track import HandTrack
from tests.recordings.conftest import hand_joints


def make_track(bends, errors=None):
    """A track with one hand per bend of the fingers."""
    count = len(bends)
    joints = np.stack([hand_joints(bend) for bend in bends])
    errors = np.ones(count) if errors is None else np.asarray(errors, float)
    return HandTrack(
        frames=10 * np.arange(count),
        joints=joints,
        std=np.ones((count, 21)),
        errors=np.tile(errors[None, :, None], (2, 1, 21)),
        trust=np.ones((2, count, 21)),
        extent=np.full((2, count), 100.0),
        views=np.full(count, 2),
        score=np.ones(count),
        lengths=np.ones(25),
    )


def test_articulation_does_not_depend_on_place_rotation_and_size():
    joints = hand_joints(0.4)
    R, _ = cv2.Rodrigues(np.array([0.3, -1.2, 0.8]))
    moved = 1.7 * joints @ R.T + [100, -20, 30]
    both = articulation(np.stack([joints, moved]))
    np.testing.assert_allclose(both[0], both[1], atol=1e-9)
    bent = articulation(hand_joints(0.6)[None])
    assert np.linalg.norm(bent - both[0]) > 0.3


def test_the_worst_comes_first_then_different_poses():
    bends = [0.1] * 5 + [0.5] * 5 + [0.9] * 5
    errors = np.ones(15)
    errors[7] = 4
    chosen = [frame for frame, _ in choose_frames(make_track(bends, errors), 3)]
    assert chosen[0] == 70
    # The two other poses: nothing of the first pose again.
    assert {frame // 50 for frame in chosen} == {0, 1, 2}


def test_poses_that_are_corrected_already_are_not_chosen_again():
    track = make_track([0.1] * 3 + [0.9] * 3)
    chosen = choose_frames(track, 2, leave_out=[0])
    assert chosen[0][0] >= 30 and 0 not in [frame for frame, _ in chosen]


def test_hands_that_are_not_whole_in_two_views_are_not_chosen(cameras):
    track = make_track([0.1, 0.5, 0.9])
    track.joints[:] *= 0.6
    track.joints[1] += [120, 0, 0]
    chosen = [frame for frame, _ in choose_frames(track, 3, cameras=cameras)]
    assert sorted(chosen) == [0, 20]


def test_no_more_than_there_are():
    assert len(choose_frames(make_track([0.1, 0.5]), 64)) == 2
    assert choose_frames(empty(), 4) == []


def empty():
    track = make_track([0.1])
    of_views = ("errors", "trust", "extent")
    parts = {name: getattr(track, name)[:, :0] for name in of_views}
    for name in ("frames", "joints", "std", "views", "score"):
        parts[name] = getattr(track, name)[:0]
    return dataclasses.replace(track, **parts)


def test_the_list_reads_back_and_bad_ones_are_refused(tmp_path):
    assert read_chosen_frames(tmp_path) == []
    path = write_chosen_frames(tmp_path, [(30, 0.25), (10, 0.125)])
    assert read_chosen_frames(tmp_path) == [30, 10]
    path.write_text("number,frames\n1,2\n")
    with pytest.raises(LabelError, match="needs a column 'frame'"):
        read_chosen_frames(tmp_path)
    path.write_text("frame,disagreement\n-3,0\n")
    with pytest.raises(LabelError, match="0-based frame indices"):
        read_chosen_frames(tmp_path)
