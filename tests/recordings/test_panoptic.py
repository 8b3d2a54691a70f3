"""Tests of CMU Panoptic trees."""

import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.errors import CalibrationError, LabelError, RecordingError
from hand_geo_keras.recordings import PanopticRecording
from tests.recordings.conftest import (
    NUM_FRAMES,
    SIZE,
    edit_json,
    panoptic_hand,
    write_people,
    write_video,
)


def kinds(recording):
    return [
        (problem.kind, problem.frame, problem.camera) for problem in recording.problems
    ]


def test_hd_cameras_only_in_millimetres(panoptic_dir, cameras):
    recording = PanopticRecording(panoptic_dir)
    assert [camera.name for camera in recording.cameras] == ["00_00", "00_01"]
    np.testing.assert_allclose(recording.cameras[1].t, cameras[1].t)
    assert recording.name == "171026_tiny"
    assert recording.fps == 29.97
    assert recording.num_frames == NUM_FRAMES
    assert recording.problems == ()


def test_label_number_is_the_zero_based_frame_index(panoptic_dir):
    recording = PanopticRecording(panoptic_dir)
    assert recording.labelled_frames == (3, 4, 8)
    assert recording.hands(0) == recording.hands(5) == ()
    ((index, image),) = recording.frames("00_00", [3])
    assert index == 3 and round(image.mean() / 10) == 3


def test_hand_in_millimetres_with_scores(panoptic_dir):
    (hand,) = PanopticRecording(panoptic_dir).hands(3)
    assert hand.joints.shape == (21, 3) and hand.joints.dtype == np.float64
    assert hand.joints[20].tolist() == [5, 10, -50]
    assert (hand.side, hand.id, hand.subject) == ("right", 2, "171026_tiny/2")
    assert hand.valid.all()
    assert hand.score[0] == 0.75 and hand.reprojection_px[0] == 2.5


def test_joint_order_is_kept(panoptic_dir):
    landmarks = np.arange(63) / 10
    person = {"id": 0} | panoptic_hand("left", landmarks=landmarks.tolist())
    write_people(panoptic_dir, 5, person)
    (hand,) = PanopticRecording(panoptic_dir).hands(5)
    np.testing.assert_allclose(hand.joints[4], [12, 13, 14])


def test_joints_not_reconstructed_are_invalid(panoptic_dir):
    """Zeros with the sentinel error, and joints that the bone rule rejects."""
    hand = panoptic_hand()["right_hand"]
    hand["landmarks"][3:6] = [0.0, 0.0, 0.0]
    hand["averageReproError"][1] = 1e5
    hand["validity"][2] = 0
    write_people(panoptic_dir, 5, {"id": 0, "right_hand": hand})
    (hand,) = PanopticRecording(panoptic_dir).hands(5)
    assert np.flatnonzero(~hand.valid).tolist() == [1, 2]
    assert hand.reprojection_px[1] == 1e5


def test_both_hands_several_people_and_people_without_hands(panoptic_dir):
    both = {"id": 0} | panoptic_hand("right") | panoptic_hand("left")
    write_people(panoptic_dir, 5, both, {"id": 1}, {"id": 3} | panoptic_hand("left"))
    write_people(panoptic_dir, 6)
    recording = PanopticRecording(panoptic_dir)
    hands = [(hand.id, hand.side) for hand in recording.hands(5)]
    assert hands == [(0, "right"), (0, "left"), (3, "left")]
    assert recording.hands(6) == ()
    assert recording.problems == ()


def test_untracked_people_are_left_out_and_counted(panoptic_dir):
    tracked, untracked = panoptic_hand("right"), panoptic_hand("left")
    write_people(panoptic_dir, 5, {"id": -1} | untracked, {"id": 0} | tracked)
    recording = PanopticRecording(panoptic_dir)
    assert [hand.id for hand in recording.hands(5)] == [0]
    assert kinds(recording) == [("person without tracking id", 5, None)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"version":0.5,"people":[{"id":0,"left_hand":{"landm',
        '{"version":0.5}',
        '{"people":[7]}',
        '{"people":[{"id":0,"left_hand":{"landmarks":[1,2,3]}}]}',
        '{"people":[{"id":0,"left_hand":[1,2,3]}]}',
    ],
)
def test_broken_label_file_is_skipped_and_named(panoptic_dir, text):
    path = write_people(panoptic_dir, 4)
    path.write_text(text)
    recording = PanopticRecording(panoptic_dir)
    assert recording.hands(4) == ()
    assert len(recording.hands(3)) == 1
    assert kinds(recording) == [("unreadable label file", 4, None)]
    assert recording.problems[0].file == str(path)


def test_labels_in_an_extra_folder_level(panoptic_dir):
    (panoptic_dir / "hdHand3d").rename(panoptic_dir / "moved")
    (panoptic_dir / "hdHand3d").mkdir()
    (panoptic_dir / "moved").rename(panoptic_dir / "hdHand3d" / "hd")
    recording = PanopticRecording(panoptic_dir)
    assert recording.labelled_frames == (3, 4, 8)
    assert len(recording.hands(8)) == 1


def test_tree_without_labels(panoptic_dir):
    for path in (panoptic_dir / "hdHand3d").iterdir():
        path.unlink()
    (panoptic_dir / "hdHand3d").rmdir()
    assert PanopticRecording(panoptic_dir).labelled_frames == ()


def test_label_past_the_end_is_counted(panoptic_dir):
    write_people(panoptic_dir, NUM_FRAMES, {"id": 0} | panoptic_hand())
    recording = PanopticRecording(panoptic_dir)
    assert recording.labelled_frames == (3, 4, 8)
    assert kinds(recording) == [("label past the end", NUM_FRAMES, None)]


@pytest.mark.parametrize("how", ["absent", "truncated"])
def test_camera_without_video_is_dropped_and_named(panoptic_dir, how):
    video = panoptic_dir / "hdVideos" / "hd_00_01.mp4"
    data = video.read_bytes()
    video.unlink()
    if how == "truncated":
        video.write_bytes(data[: len(data) // 2])
    recording = PanopticRecording(panoptic_dir)
    assert [camera.name for camera in recording.cameras] == ["00_00"]
    assert kinds(recording) == [("no readable frames", None, "00_01")]
    assert recording.problems[0].file == str(video)


def test_shorter_video_ends_in_known_missing_frames(panoptic_dir):
    write_video(panoptic_dir / "hdVideos" / "hd_00_01.mp4", NUM_FRAMES - 2)
    recording = PanopticRecording(panoptic_dir)
    assert recording.num_frames == NUM_FRAMES
    assert recording.missing_frames == {"00_00": frozenset(), "00_01": {10, 11}}
    assert dict(recording.frames("00_01", [10])) == {10: None}
    kind, frame, camera = kinds(recording)[0]
    assert kind == "2 frames shorter than the longest camera"
    assert (frame, camera) == (10, "00_01")


def test_extracted_images_stand_in_for_a_video(panoptic_dir):
    (panoptic_dir / "hdVideos" / "hd_00_01.mp4").unlink()
    folder = panoptic_dir / "hdImgs" / "00_01"
    folder.mkdir(parents=True)
    for index in (0, 1, 3):
        image = np.full((SIZE[1], SIZE[0], 3), 10 * index, np.uint8)
        cv2.imwrite(str(folder / f"00_01_{index:08d}.jpg"), image)
    recording = PanopticRecording(panoptic_dir)
    assert len(recording.cameras) == 2
    assert recording.missing_frames["00_01"] == {2, *range(4, NUM_FRAMES)}
    images = dict(recording.frames("00_01", [2, 3]))
    assert images[2] is None and round(images[3].mean()) == 30


def test_no_video_at_all(panoptic_dir):
    for path in (panoptic_dir / "hdVideos").iterdir():
        path.unlink()
    with pytest.raises(RecordingError, match="none of the 2 HD cameras"):
        PanopticRecording(panoptic_dir)


def test_calibration_without_hd_cameras(panoptic_dir):
    path = panoptic_dir / "calibration_171026_tiny.json"
    vga = [c for c in json.loads(path.read_text())["cameras"] if c["type"] == "vga"]
    edit_json(path, cameras=vga)
    with pytest.raises(CalibrationError, match=r"tiny\.json: has no camera"):
        PanopticRecording(panoptic_dir)


def test_two_calibrations(panoptic_dir):
    (panoptic_dir / "calibration_other.json").write_text("{}")
    with pytest.raises(CalibrationError, match="needs exactly one"):
        PanopticRecording(panoptic_dir)


def test_subjects_by_id_and_by_frames(panoptic_dir):
    for frame in (5, 6):
        people = [{"id": i} | panoptic_hand() for i in (0, 1, 4)]
        write_people(panoptic_dir, frame, *people)
    part = {"from": 0, "to": 5, "subject": "ben"}
    (panoptic_dir / "subjects.json").write_text(json.dumps({"0": "anna", "1": [part]}))
    recording = PanopticRecording(panoptic_dir)
    names = [hand.subject for hand in recording.hands(5)]
    assert names == ["anna", "ben", "171026_tiny/4"]
    assert [hand.subject for hand in recording.hands(6)][1] == "171026_tiny/1"


@pytest.mark.parametrize("entry", [7, [{"from": 0}], ["anna"]])
def test_malformed_subjects(panoptic_dir, entry):
    (panoptic_dir / "subjects.json").write_text(json.dumps({"0": entry}))
    with pytest.raises(LabelError, match=r"subjects\.json: person '0'"):
        PanopticRecording(panoptic_dir)


def test_boxes_of_a_tree(panoptic_dir):
    boxes = {"00_00": {"box": [30, 20, 12]}, "00_01": {"frames": {"3": [31, 21, 13]}}}
    (panoptic_dir / "boxes.json").write_text(json.dumps(boxes))
    recording = PanopticRecording(panoptic_dir)
    assert recording.boxes("00_00", 7) == (30, 20, 12)
    assert recording.boxes("00_01", 3) == (31, 21, 13)
    assert recording.boxes("00_01", 4) is None
    (panoptic_dir / "boxes.json").write_text(json.dumps({"cam9": {"box": [1, 2, 3]}}))
    with pytest.raises(LabelError, match=r"names the cameras \['cam9'\]"):
        PanopticRecording(panoptic_dir)
