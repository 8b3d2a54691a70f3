"""Which labelled joints are good enough to train on."""

import dataclasses

import numpy as np

from hand_geo_keras.datasets import Preparation, load_instants, prepare_recording
from hand_geo_keras.datasets.instants import cut_instants
from hand_geo_keras.recordings import open_recording, write_hands3d
from tests.recordings.conftest import make_hand

BLACK = np.zeros((48, 64, 3), np.uint8)


def dropped(rig_dir, hand, **settings):
    """What is dropped of a rig with one label."""
    write_hands3d(rig_dir / "hands3d.json", {0: (hand,)})
    images = {"front": BLACK, "side": BLACK}
    preparation = Preparation(16, min_box_side=4, **settings)
    recording = open_recording(rig_dir)
    return cut_instants(recording, 0, images, images, preparation)[1]


def with_error(error, **changes):
    errors = np.zeros(21, np.float32)
    errors[8] = error
    return dataclasses.replace(make_hand(), reprojection_px=errors, **changes)


def test_errors_beyond_the_limit_count(rig_dir):
    assert not dropped(rig_dir, with_error(19))
    # The hand extends over some 25 pixels, so that a quarter of it is less.
    assert dropped(rig_dir, with_error(21)) == {"hand: too few valid joints": 1}


def test_errors_below_a_quarter_of_the_hand_do_not(rig_dir, cameras):
    joints = make_hand().joints
    extent = max(np.ptp(camera.project(joints), axis=0).max() for camera in cameras)
    small = {"max_reprojection_px": 1.0}
    assert not dropped(rig_dir, with_error(0.24 * extent), **small)
    assert dropped(rig_dir, with_error(0.26 * extent), **small)


def test_what_a_person_has_placed_is_taken(rig_dir):
    assert not dropped(rig_dir, with_error(60, corrected=True))


def test_corrected_labels_are_known_when_loaded(rig_dir, tmp_path):
    hands = {frame: (make_hand(),) for frame in range(4)}
    hands[2] = (dataclasses.replace(make_hand(), corrected=True),)
    write_hands3d(rig_dir / "hands3d.json", hands)
    preparation = Preparation(16, min_box_side=4)
    prepare_recording(open_recording(rig_dir), tmp_path / "out", preparation)
    pool = load_instants(tmp_path / "out")
    assert dict(zip(pool.frames.tolist(), pool.corrected.tolist())) == {
        frame: frame == 2 for frame in pool.frames.tolist()
    }
    assert pool.select(pool.frames >= 2).corrected.tolist()[0]
