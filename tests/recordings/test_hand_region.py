"""Tests of the image region of a hand."""

import json

import numpy as np

from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.hand_region import hand_region
from tests.recordings.conftest import make_hand


def test_region_covers_joints_and_forearm_but_not_all(rig_dir, cameras):
    recording = open_recording(rig_dir)
    for camera in cameras:
        region = hand_region(recording, camera, 2)
        pixels = camera.project(make_hand().joints).round().astype(int)
        inside = ((pixels >= 0) & (pixels < camera.resolution)).all(-1)
        assert inside.any()
        assert region[pixels[inside, 1], pixels[inside, 0]].all()
        # The fingers point up in the image, so the arm leaves it at the bottom.
        assert region[-1, 32] and not region[0].any()
        assert region.shape == (48, 64) and region.dtype == bool


def test_margin_widens_the_region(rig_dir, cameras):
    recording = open_recording(rig_dir)
    narrow, wide = (
        hand_region(recording, cameras[0], 2, margin) for margin in (0.0, 0.5)
    )
    assert narrow.sum() < wide.sum() and (wide | ~narrow).all()


def test_unknown_place_is_none(rig_dir, cameras):
    assert hand_region(open_recording(rig_dir), cameras[0], 0) is None


def test_box(rig_dir, cameras):
    boxes = {"front": {"frames": {"0": [30, 20, 10]}}}
    (rig_dir / "boxes.json").write_text(json.dumps(boxes))
    region = hand_region(open_recording(rig_dir), cameras[0], 0)
    rows, columns = np.nonzero(region)
    assert (rows.min(), rows.max()) == (15, 25)
    assert (columns.min(), columns.max()) == (25, 35)
