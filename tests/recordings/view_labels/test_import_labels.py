"""Tests of labels that become a rig's own."""

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.recordings import open_recording, write_rig
from hand_geo_keras.recordings.view_labels import (
    import_labels,
    read_keypoint_csv,
    read_view_labels,
)
from tests.recordings.conftest import make_hand
from tests.recordings.view_labels.conftest import write_coco, write_dlc


@pytest.fixture
def unlabelled(rig_dir, cameras, tmp_path):
    """A rig whose second video starts 2 frames early, and its label files."""
    (rig_dir / "hands3d.json").unlink()
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    write_rig(rig_dir, cameras, videos, fps=30, offsets={"side": 2})
    front, side = (
        {frame: camera.project(make_hand().joints) for frame in (3, 4, 50)}
        for camera in cameras
    )
    front_file = write_dlc(tmp_path / "front.csv", front)
    side_file = write_coco(
        tmp_path / "side.json", {frame + 2: pixels for frame, pixels in side.items()}
    )
    return rig_dir, {"front": front_file, "side": side_file}


def test_labels_per_view(unlabelled):
    rig, files = unlabelled
    report = import_labels(rig, files, subject="eve", side="left")
    recording = open_recording(rig)
    assert recording.labelled_frames == (3, 4)
    (hand,) = recording.hands(3)
    np.testing.assert_allclose(hand.joints, make_hand().joints, atol=1e-3)
    assert (hand.subject, hand.side) == ("eve", "left")
    assert report.joints == 42 and report.error_px < 1e-3


def test_frames_past_the_end_are_counted(unlabelled):
    rig, files = unlabelled
    recording = open_recording(rig)
    read_view_labels(files, recording)
    assert recording.problem_counts["2D label outside the recording"] == 2


def test_3d_labels(unlabelled, rig_dir, cameras, tmp_path):
    rig, _ = unlabelled
    other = tmp_path / "other"
    other.mkdir()
    videos = {camera.name: "v.mp4" for camera in cameras}
    write_rig(other, cameras, videos, 30, hands={6: [make_hand()]})
    assert import_labels(rig, other / "hands3d.json") is None
    assert open_recording(rig).labelled_frames == (6,)


def test_labels_are_not_overwritten_unasked(unlabelled):
    rig, files = unlabelled
    import_labels(rig, files)
    before = (rig / "hands3d.json").read_bytes()
    with pytest.raises(LabelError, match="has 3D labels already"):
        import_labels(rig, files, subject="eve")
    assert (rig / "hands3d.json").read_bytes() == before
    import_labels(rig, files, subject="eve", overwrite=True)
    assert (rig / "hands3d.json").read_bytes() != before


def test_wrong_cameras_and_contradicting_views(unlabelled, tmp_path):
    rig, files = unlabelled
    with pytest.raises(LabelError, match=r"no cameras \['top'\]"):
        import_labels(rig, {**files, "top": files["front"]})
    higher = {5: read_keypoint_csv(files["front"])[3] - [0, 9]}
    swapped = {**files, "side": write_dlc(tmp_path / "side.csv", higher)}
    with pytest.raises(LabelError, match=r"could be triangulated within 0\.5 px"):
        import_labels(rig, swapped, max_error_px=0.5)
    assert not (rig / "hands3d.json").exists()
