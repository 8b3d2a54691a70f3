"""Tests of preparing tiny rigs and Panoptic trees from end to end."""

import json

import numpy as np
import pytest

from hand_geo_keras.datasets import Preparation, load_instants, prepare_recording
from hand_geo_keras.datasets import instant_folder as folders
from hand_geo_keras.datasets import prepare as preparing
from hand_geo_keras.errors import CalibrationError, DatasetError
from hand_geo_keras.recordings import open_recording
from tests.datasets.tiny_trees import TINY, person, write_hands_tree
from tests.recordings.conftest import (
    NUM_FRAMES,
    damage_frame,
    edit_json,
    make_hand,
    write_people,
    write_video,
)


def prepare(folder, out_dir, preparation=TINY, detector=None):
    recording = open_recording(folder)
    return prepare_recording(recording, out_dir, preparation, detector, progress=False)


@pytest.fixture
def tree(tmp_path):
    return write_hands_tree(tmp_path / "171026_tiny")


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(folders, "FRAMES_PER_SHARD", 3)


@pytest.fixture
def cut_frames(monkeypatch):
    """The frames that are cut, in the order in which that happens."""
    frames, cut_instants = [], preparing.cut_instants

    def noting(recording, frame, *arguments):
        frames.append(frame)
        return cut_instants(recording, frame, *arguments)

    monkeypatch.setattr(preparing, "cut_instants", noting)
    return frames


def test_a_labelled_rig_becomes_instants(rig_dir, tmp_path):
    report = prepare(rig_dir, tmp_path / "out")
    assert (report["instants"], report["views"]) == (8, 16)
    assert report["subjects"] == {"anna": 8}
    assert report["dropped"] == {}
    assert report == json.loads((tmp_path / "out/preparation_report.json").read_text())
    pool = load_instants(tmp_path / "out")
    assert pool.frames.tolist() == list(range(2, 10))
    assert pool.cameras.tolist() == ["front", "side"] * 8
    assert pool.images.shape == (16, 24, 24, 3) and pool.crop_size == 16
    np.testing.assert_allclose(pool.joints[3], make_hand().joints, atol=1e-4)
    # The fixture's images tell their frame index by their brightness.
    brightness = np.mean(pool.images, (1, 2, 3)).reshape(8, 2)
    np.testing.assert_allclose(brightness, 10 * pool.frames[:, None] + [0, 0], atol=4)
    # One background per camera, whatever the frame.
    behind = np.mean(pool.backgrounds, (1, 2, 3)).reshape(8, 2)
    assert np.ptp(behind, axis=0).max() < 3 < np.ptp(brightness, axis=0).min()


def test_views_look_at_the_hand(rig_dir, tmp_path):
    """The box centre is the crop's centre, and the joints lie within the crop."""
    prepare(rig_dir, tmp_path / "out")
    pool = load_instants(tmp_path / "out")
    joints = pool.joints[pool.instant_of_view] @ pool.rotations.swapaxes(1, 2)
    joints += pool.translations[:, None]
    pixels = pool.focals[:, None, None] * joints[..., :2] / joints[..., 2:]
    center = (pixels.max(1) + pixels.min(1)) / 2
    np.testing.assert_allclose(center, 0, atol=1.0)
    assert 8 < np.ptp(pixels, axis=1).max(1).mean() < 16


def test_missing_shards_only_are_made_again(
    rig_dir, tmp_path, small_shards, cut_frames
):
    first = prepare(rig_dir, tmp_path / "out")
    before = load_instants(tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.tfrecord"))) == 3
    (tmp_path / "out/instants-00001.tfrecord").unlink()
    cut_frames.clear()
    assert prepare(rig_dir, tmp_path / "out") == first
    assert cut_frames == [5, 6, 7]
    after = load_instants(tmp_path / "out")
    np.testing.assert_array_equal(after.images, before.images)
    np.testing.assert_array_equal(after.frames, before.frames)


def test_killed_while_a_shard_is_written(rig_dir, tmp_path, small_shards, monkeypatch):
    cut_instants = preparing.cut_instants

    def killed(recording, frame, *arguments):
        if frame == 6:
            raise KeyboardInterrupt
        return cut_instants(recording, frame, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(preparing, "cut_instants", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare(rig_dir, tmp_path / "out")
    shards = [path.name for path in (tmp_path / "out").glob("*.tfrecord")]
    assert shards == ["instants-00000.tfrecord"]
    assert prepare(rig_dir, tmp_path / "out")["instants"] == 8
    assert len(load_instants(tmp_path / "out")) == 8


def test_complete_folder_is_left_alone(rig_dir, tmp_path, cut_frames):
    prepare(rig_dir, tmp_path / "out")
    cut_frames.clear()
    assert prepare(rig_dir, tmp_path / "out")["views"] == 16
    assert cut_frames == []


def test_other_settings_start_afresh(rig_dir, tmp_path, small_shards):
    prepare(rig_dir, tmp_path / "out")
    larger = Preparation(**(vars(TINY) | {"crop_size": 20}))
    prepare(rig_dir, tmp_path / "out", larger)
    assert load_instants(tmp_path / "out").crop_size == 20


def test_an_edit_that_keeps_the_size_starts_afresh(tree, tmp_path, cut_frames):
    prepare(tree, tmp_path / "out")
    before = len(cut_frames)
    path = sorted((tree / "hdHand3d").glob("*.json"))[0]
    text = path.read_text()
    digit = text.index("0", text.index("landmarks"))
    path.write_text(f"{text[:digit]}1{text[digit + 1 :]}")
    prepare(tree, tmp_path / "out")
    assert len(cut_frames) == 2 * before


def test_edited_subjects_start_afresh(tree, tmp_path):
    assert prepare(tree, tmp_path / "out")["subjects"] == {"171026_tiny/2": 3}
    (tree / "subjects.json").write_text(json.dumps({"2": "ben"}))
    assert prepare(tree, tmp_path / "out")["subjects"] == {"ben": 3}
    (tree / "subjects.json").write_text(json.dumps({"2": "tom"}))  # as long as "ben"
    assert prepare(tree, tmp_path / "out")["subjects"] == {"tom": 3}


def test_repaired_labels_start_afresh(tree, tmp_path):
    broken = write_people(tree, 4)
    broken.write_text("")
    assert prepare(tree, tmp_path / "out")["instants"] == 2
    write_people(tree, 4, person())
    assert prepare(tree, tmp_path / "out")["instants"] == 3


def test_boxes_stand_in_for_labels(rig_dir, tmp_path):
    (rig_dir / "hands3d.json").unlink()
    boxes = {"front": {"box": [32, 24, 20]}, "side": {"frames": {"5": [30, 24, 18]}}}
    (rig_dir / "boxes.json").write_text(json.dumps(boxes))
    report = prepare(rig_dir, tmp_path / "out")
    assert (report["instants"], report["views"]) == (NUM_FRAMES, NUM_FRAMES + 1)
    assert report["dropped"] == {"view: no hand located": NUM_FRAMES - 1}
    pool = load_instants(tmp_path / "out")
    assert not pool.valid.any() and not pool.labelled.any()


def test_files_of_something_else_are_kept(tree, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "background.jpg").write_bytes(b"mine")
    prepare(tree, folder)
    assert (folder / "background.jpg").read_bytes() == b"mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "background-00_00.png").write_bytes(b"mine")
    with pytest.raises(DatasetError, match="belong to something else"):
        prepare(tree, other)
    assert (other / "background-00_00.png").read_bytes() == b"mine"


def test_another_detector_prepares_anew(rig_dir, tmp_path):
    (rig_dir / "hands3d.json").unlink()

    def in_front(camera, image):
        return (30, 24, 24) if camera.name == "front" else None

    def in_both(camera, image):
        return (30, 24, 24)

    for detector, views in ((in_front, 1), (in_both, 2)):
        report = prepare(rig_dir, tmp_path / "out", detector=detector)
        assert report["views"] == views * NUM_FRAMES


def test_a_detector_stands_in_for_labels(rig_dir, tmp_path):
    (rig_dir / "hands3d.json").unlink()
    with pytest.raises(DatasetError, match="add 3D labels, boxes or a detector"):
        prepare(rig_dir, tmp_path / "out")

    def bright_front(camera, image):
        found = camera.name == "front" and image.mean() > 35
        return (32.0, 24.0, 20.0) if found else None

    report = prepare(rig_dir, tmp_path / "out", detector=bright_front)
    assert (report["instants"], report["views"]) == (8, 8)  # frames 4 to 11
    assert report["dropped"]["frame: no hand located"] == 4


def test_filters_are_counted_by_reason(tree, tmp_path):
    poor = [100.0] * 21
    write_people(tree, 3, person(), person(3, averageReproError=poor))
    strict = Preparation(**(vars(TINY) | {"min_box_side": 15.0}))
    report = prepare(tree, tmp_path / "out", strict)
    assert report["instants"] == 3
    boxes = [
        camera.project(make_hand().joints) for camera in open_recording(tree).cameras
    ]
    small = sum(1.4 * np.ptp(box, axis=0).max() < 15 for box in boxes)
    expected = {"hand: too few valid joints": 1}
    if small:
        expected["view: box too small"] = 3 * small
    assert report["dropped"] == expected


def test_confidence_and_hands_at_the_edge(tree, tmp_path):
    far = ((make_hand().joints + [160, 0, 0]) / 10).ravel().tolist()
    write_people(tree, 3, person(landmarks=far))
    write_people(tree, 4, person(averageScore=[0.2] * 21))
    sure = Preparation(**(vars(TINY) | {"min_score": 0.5, "min_inside": 0.9}))
    report = prepare(tree, tmp_path / "out", sure)
    assert report["dropped"]["hand: too few valid joints"] == 1
    assert report["dropped"]["view: box outside the image"] >= 1


def test_bad_input_is_skipped_and_counted(tree, tmp_path):
    """All that real trees hold: half-written files, no ids, zeros, lone cameras."""
    write_people(tree, 4).write_text('{"people": [{"id": 0, "left_ha')
    write_people(tree, 5).write_text("")
    write_people(tree, 6, person(id=-1))
    zeros = person()
    zeros["right_hand"]["landmarks"][3:6] = [0.0, 0.0, 0.0]
    write_people(tree, 7, zeros)
    write_people(tree, NUM_FRAMES + 3, person())
    write_video(tree / "hdVideos" / "hd_00_01.mp4", num_frames=8)
    damage_frame(tree / "hdVideos" / "hd_00_00.mp4", 3)
    report = prepare(tree, tmp_path / "out")
    # Frame 3 is left in one camera, frame 8 in the other one.
    assert (report["instants"], report["views"]) == (2, 2)
    assert report["problems"] == {
        "4 frames shorter than the longest camera": 1,
        "label past the end": 1,
        "person without tracking id": 1,
        "unreadable frame": 1,
        "unreadable label file": 2,
    }
    first = report["first_files"]
    assert first["unreadable label file"].endswith("handRecon3D_hd00000004.json")
    assert first["unreadable frame"].endswith("hd_00_00.mp4")
    assert report["dropped"] == {
        "frame: no hand located": 3,
        "hand: too few valid joints": 1,
        "view: frame missing or unreadable": 2,
        "view: no hand located": 6,
    }


def test_problems_outlive_a_resumed_run(tree, tmp_path, small_shards):
    write_people(tree, 5, person(id=-1))
    first = prepare(tree, tmp_path / "out")
    assert first["problems"] == {"person without tracking id": 1}
    (tmp_path / "out/instants-00001.tfrecord").unlink()
    assert prepare(tree, tmp_path / "out") == first
    assert prepare(tree, tmp_path / "out") == first


def test_truncated_video_drops_the_camera(tree, tmp_path):
    video = tree / "hdVideos" / "hd_00_01.mp4"
    video.write_bytes(video.read_bytes()[:700])
    report = prepare(tree, tmp_path / "out")
    assert (report["instants"], report["views"]) == (3, 3)
    assert report["problems"] == {"no readable frames": 1}
    assert report["first_files"]["no readable frames"] == str(video)


def test_calibration_without_hd_cameras_names_the_file(tree, tmp_path):
    path = tree / "calibration_171026_tiny.json"
    vga = [c for c in json.loads(path.read_text())["cameras"] if c["type"] == "vga"]
    edit_json(path, cameras=vga)
    with pytest.raises(CalibrationError, match=r"calibration_171026_tiny\.json"):
        prepare(tree, tmp_path / "out")


def test_a_report_is_there_even_if_nothing_was_found(tree, tmp_path):
    for frame in (3, 4, 8):
        write_people(tree, frame, person(id=-1))
    with pytest.raises(DatasetError, match="gave no view"):
        prepare(tree, tmp_path / "out")
    report = json.loads((tmp_path / "out/preparation_report.json").read_text())
    assert report["problems"] == {"person without tracking id": 3}
