import csv
import dataclasses
import json

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.labelling import detections as detections_module
from hand_geo_keras.labelling import label_recording, write_overlays
from hand_geo_keras.labelling.label_recording import SOURCE
from hand_geo_keras.prediction.locate_hand import locate_by_pixels
from hand_geo_keras.recordings import open_recording, write_hands3d
from tests.labelling.conftest import FRAMES
from tests.labelling.fake_reader import FakeReader, true_joints
from tests.recordings.conftest import make_hand


def label(recording, reader=None, **options):
    reader = reader or FakeReader()
    return label_recording(recording, reader, progress=False, **options)


def labels_of(folder):
    """dict from frame to joints, as every other command reads them."""
    recording = open_recording(folder)
    return {f: recording.hands(f)[0] for f in recording.labelled_frames}


def mean_error(hands):
    return np.mean(
        [np.linalg.norm(h.joints - true_joints(f), axis=-1).mean() for f, h in hands]
    )


def rows(folder):
    with open(folder / "hands3d_quality.csv") as file:
        return list(csv.DictReader(file))


def test_labels_are_near_the_truth_and_better_than_one_view(recording, folder):
    labelling = label(recording, FakeReader(noise=0.4))
    hands = labels_of(folder)
    assert sorted(hands) == list(range(FRAMES)) and not labelling.mostly_rejected
    camera = recording.cameras[0]
    one_view = []
    for frame in range(FRAMES):
        # Even if one view knew the pose to a noise of 5 mm in depth.
        truth = true_joints(frame)
        seen = FakeReader(noise=0.4).read(camera, np.full((2, 2), 10.0 * frame))
        depth = np.random.default_rng(frame).normal(0, 5, (21, 1)) * camera.R[2]
        pose = truth - truth[0] + depth
        wrist = locate_by_pixels(pose - pose[0], camera, seen.pixels)
        one_view.append(np.linalg.norm(pose - pose[0] + wrist - truth, axis=-1).mean())
    error = mean_error(hands.items())
    assert error < 2.5 and error < 0.5 * np.mean(one_view)
    assert all(hand.valid.all() and hand.side == "right" for hand in hands.values())
    assert f"{FRAMES} of {FRAMES} frames labelled" in labelling.text()


def test_every_frame_without_a_label_has_a_reason(recording, folder):
    lost = {(c, f) for c in "abc" for f in (0, 1)} | {(c, 20) for c in "ab"}
    wrong = {("a", 9): [14.0, 0], ("b", 9): [0, 14.0], ("c", 9): [-14.0, 9]}
    labelling = label(recording, FakeReader(lost=lost, wrong=wrong))
    assert labelling.reasons[0] == labelling.reasons[1] == "no hand in any view"
    assert labelling.reasons[20] == "hand in one view only"
    assert labelling.reasons[9] == "views contradict each other"
    assert len(labelling.hands) == FRAMES - 4 and 9 not in labels_of(folder)
    status = {int(row["frame"]): row["status"] for row in rows(folder)}
    assert status[9] == "views contradict each other" and status[5] == "labelled"
    assert "dropped: no hand in any view: 2" in labelling.text()


def test_one_wrong_view_of_three_does_no_harm(recording, folder):
    wrong = {("b", frame): [12.0, -9.0] for frame in range(5, 9)}
    label(recording, FakeReader(noise=0.2, wrong=wrong))
    hands = labels_of(folder)
    assert set(range(5, 9)) <= set(hands)
    assert mean_error((f, hands[f]) for f in range(5, 9)) < 3


def test_two_cameras_are_enough(folder):
    calibration = json.loads((folder / "calibration.json").read_text())
    calibration["cameras"] = calibration["cameras"][:2]
    (folder / "calibration.json").write_text(json.dumps(calibration))
    label(open_recording(folder, labels=False))
    assert mean_error(labels_of(folder).items()) < 4


def test_the_other_hand_is_refused_with_the_remedy(recording, folder):
    with pytest.raises(LabelError, match="--side=left"):
        label(recording, FakeReader(side="left"))
    assert not (folder / "hands3d.json").exists()
    label(recording, FakeReader(side="left"), side="left")
    assert {hand.side for hand in labels_of(folder).values()} == {"left"}


def test_a_stopped_run_resumes_and_equals_an_undisturbed_one(
    recording, folder, monkeypatch
):
    monkeypatch.setattr(detections_module, "_FRAMES_PER_FILE", 8)
    label(recording)
    expected = (folder / "hands3d.json").read_bytes()
    for file in ("hands3d.json", "labelling/search-00000016.npz"):
        (folder / file).unlink()
    stopped = FakeReader()
    stopped.read = lambda camera, image: 1 / 0
    with pytest.raises(ZeroDivisionError):
        label(recording, stopped)
    assert not (folder / "hands3d.json").exists()
    reader = FakeReader()
    label(recording, reader)
    assert reader.calls == 3 * 8
    assert (folder / "hands3d.json").read_bytes() == expected


def test_detections_of_another_detector_or_damaged_ones_are_made_anew(
    recording, folder
):
    label(recording)
    (file,) = (folder / "labelling").glob("search-*.npz")
    file.write_bytes(file.read_bytes()[:100])
    reader = FakeReader()
    label(recording, reader)
    assert reader.calls == 3 * FRAMES
    other = FakeReader()
    other.name = "another"
    label(recording, other)
    assert other.calls == 3 * FRAMES


def test_corrected_labels_are_kept_others_of_ours_are_made_anew(recording, folder):
    label(recording)
    hands = {f: (h,) for f, h in labels_of(folder).items()}
    moved = hands[4][0].joints + 7
    hands[4] = (dataclasses.replace(hands[4][0], joints=moved, corrected=True),)
    hands[5] = (dataclasses.replace(hands[5][0], joints=moved),)
    write_hands3d(folder / "hands3d.json", hands, SOURCE)
    labelling = label(recording)
    again = labels_of(folder)
    np.testing.assert_allclose(again[4].joints, moved)
    assert again[4].corrected and not again[5].corrected
    assert np.linalg.norm(again[5].joints - moved, axis=-1).min() > 1
    assert (
        labelling.corrected == 1 and "1 of them corrected by hand" in labelling.text()
    )
    assert rows(folder)[4]["status"] == "corrected"


def test_labels_from_elsewhere_are_not_replaced(recording, folder):
    write_hands3d(folder / "hands3d.json", {3: (make_hand(),)})
    before = (folder / "hands3d.json").read_bytes()
    with pytest.raises(LabelError, match="--overwrite_labels"):
        label(recording)
    assert (folder / "hands3d.json").read_bytes() == before
    label(recording, overwrite=True)
    assert len(labels_of(folder)) == FRAMES


def test_corrected_labels_of_both_hands_are_kept(recording, folder):
    both = tuple(
        dataclasses.replace(make_hand(side=side), corrected=True)
        for side in ("right", "left")
    )
    write_hands3d(folder / "hands3d.json", {3: both, 4: both[1:], FRAMES: both})
    labelling = label(recording)
    written = json.loads((folder / "hands3d.json").read_text())["frames"]
    assert [entry["frame"] for entry in written].count(FRAMES) == 2
    assert labelling.corrected == 2 and "2 of them corrected" in labelling.text()
    rig = open_recording(folder)
    corrected = {f: {h.side: h.corrected for h in rig.hands(f)} for f in (3, 4)}
    assert corrected == {
        3: {"right": True, "left": True},
        4: {"right": False, "left": True},
    }
    (video, *_) = write_overlays(recording, labelling, folder / "labelling", False)
    assert video.is_file()


def test_labels_of_the_other_hand_are_not_replaced(recording, folder):
    left = make_hand(side="left")
    write_hands3d(folder / "hands3d.json", {3: (left,)}, SOURCE)
    with pytest.raises(LabelError, match="holds labels of the other hand"):
        label(recording)
    label(recording, overwrite=True)
    assert labels_of(folder)[3].side == "right"


def test_a_frame_marked_as_repeated_is_read_anew(recording, folder):
    label(recording)
    (folder / "timestamps.csv").write_text(
        "frame,camera,time_ms,repeated\n5,a,1,1\n5,b,1,0\n5,c,1,0\n"
    )
    reader = FakeReader()
    label(open_recording(folder, labels=False), reader)
    assert reader.calls == 3 * FRAMES - 1


def test_nothing_found_is_mostly_rejected(recording):
    lost = {(camera, frame) for camera in "abc" for frame in range(FRAMES)}
    labelling = label(recording, FakeReader(lost=lost))
    assert labelling.mostly_rejected and not labelling.hands
    assert "0 of 24 frames labelled" in labelling.text()


def test_a_single_camera_is_refused(folder):
    calibration = json.loads((folder / "calibration.json").read_text())
    calibration["cameras"] = calibration["cameras"][:1]
    (folder / "calibration.json").write_text(json.dumps(calibration))
    with pytest.raises(LabelError, match="has one camera"):
        label(open_recording(folder, labels=False))


class LookingReader(FakeReader):
    """Loses hands at first, and finds them when it is told where they are."""

    looks_again = True

    def look_again(self, cameras, images, pixels):
        found = [self.find(*given) for given in zip(cameras, images, pixels)]
        return [hand for hand in found]

    def find(self, camera, image, expected):
        hand = FakeReader.read(FakeReader(self.noise), camera, image)
        near = np.linalg.norm(hand.pixels - expected, axis=-1).mean() < 10
        return hand if near else dataclasses.replace(hand, pixels=expected + 30)


def test_lost_hands_are_found_where_the_other_views_see_them(recording, folder):
    lost = {("a", f) for f in range(6, 16)} | {("b", f) for f in range(10, 14)}
    label(recording, FakeReader(lost=lost))
    assert not {10, 11, 12, 13} & set(labels_of(folder))
    (folder / "hands3d.json").unlink()
    reader = LookingReader(lost=lost)
    reader.name = "looking"
    label(recording, reader)
    hands = labels_of(folder)
    assert sorted(hands) == list(range(FRAMES))
    assert mean_error(hands.items()) < 2.5
