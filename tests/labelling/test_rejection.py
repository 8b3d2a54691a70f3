import dataclasses

import numpy as np

from hand_geo_keras.labelling.bone_lengths import pair_lengths
from hand_geo_keras.labelling.hand_track import HandTrack
from hand_geo_keras.labelling.rejection import rejections
from tests.labelling.fake_reader import true_joints

COUNT = 12


def good_track():
    joints = np.stack([true_joints(frame) for frame in range(COUNT)])
    return HandTrack(
        frames=np.arange(COUNT),
        joints=joints,
        std=np.full((COUNT, 21), 3.0),
        errors=np.full((3, COUNT, 21), 2.0),
        trust=np.ones((3, COUNT, 21)),
        extent=np.full((3, COUNT), 100.0),
        views=np.full(COUNT, 3),
        score=np.full(COUNT, 0.9),
        lengths=np.median(pair_lengths(joints), axis=0),
    )


def test_a_good_track_is_kept():
    assert rejections(good_track(), "right", 30.0) == [None] * COUNT


def test_two_wrong_views_reject_and_one_of_three_does_not():
    track = good_track()
    track.errors[0, 2] = 60
    track.errors[:2, 5] = 60
    track.errors[2, 7], track.errors[0, 7] = np.nan, 60
    track.errors[1, 7] = 50
    reasons = rejections(track, "right", 30.0)
    assert reasons[2] is None
    assert reasons[5] == reasons[7] == "views contradict each other"


def test_a_jump_and_impossible_speed():
    track = good_track()
    track.joints[4] += [60.0, 0, 0]
    track.joints[8:] += [400.0, 0, 0]
    reasons = rejections(track, "right", 30.0)
    assert [n for n, reason in enumerate(reasons) if reason == "jump"] == [4, 7, 8]


def test_bones_side_and_doubt():
    track = good_track()
    track.joints[3] *= 1.4
    assert rejections(track, "right", 300.0)[3] == "bones out of proportion"
    track = good_track()
    assert set(rejections(track, "left", 30.0)) == {"shape of the other side"}
    track.std[6] = 50
    track.score[9] = 0.001
    reasons = rejections(track, "right", 30.0)
    assert [n for n, r in enumerate(reasons) if r == "hardly a hand"] == [6, 9]


def test_an_empty_track():
    track = good_track()
    parts = {
        field.name: getattr(track, field.name)[:0]
        for field in dataclasses.fields(track)
        if field.name not in ("errors", "trust", "extent", "lengths")
    }
    none = dataclasses.replace(
        track,
        **parts,
        errors=track.errors[:, :0],
        trust=track.trust[:, :0],
        extent=track.extent[:, :0],
    )
    assert rejections(none, "right", 30.0) == []
