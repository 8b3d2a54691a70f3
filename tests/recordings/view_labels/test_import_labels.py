"""Tests of labels that become a rig's own."""

import dataclasses
import json

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.recordings import open_recording, write_hands3d, write_rig
from hand_geo_keras.recordings.joint_orders import ORDERS
from hand_geo_keras.recordings.view_labels import (
    LabelChoice,
    import_labels,
    read_keypoint_csv,
    read_view_labels,
)
from tests.recordings.conftest import make_camera, make_hand, write_video
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
    report = import_labels(rig, files, subject="eve")
    recording = open_recording(rig)
    assert recording.labelled_frames == (3, 4)
    (hand,) = recording.hands(3)
    np.testing.assert_allclose(hand.joints, make_hand().joints, atol=1e-3)
    assert (hand.subject, hand.side) == ("eve", "right")
    assert report.triangulation.joints == 42 and report.triangulation.error_px < 1e-3
    assert "front: 3 labels read, 2 used, dropped: 1 outside the" in report.text()
    assert not report.mostly_dropped


def test_frames_past_the_end_are_counted(unlabelled):
    rig, files = unlabelled
    recording = open_recording(rig)
    labels = read_view_labels(files, recording)
    assert recording.problem_counts["2D label outside the recording"] == 2
    assert labels["side"].dropped == {"outside the recording": 1}


def test_one_file_is_not_taken_for_two_cameras(unlabelled, tmp_path):
    rig, files = unlabelled
    copied = tmp_path / "copied.csv"
    copied.write_bytes(files["front"].read_bytes())
    for second in (files["front"], copied):
        with pytest.raises(LabelError, match="for two cameras, 'front' and 'side'"):
            import_labels(rig, files | {"side": second})


def test_most_labels_outside_the_recording(unlabelled, tmp_path):
    rig, files = unlabelled
    pixels = read_keypoint_csv(files["front"]).frames[3]
    labels = {frame: pixels for frame in (3, 50, 51)}
    report = import_labels(
        rig, files | {"front": write_dlc(tmp_path / "f.csv", labels)}
    )
    assert report.mostly_dropped


def test_3d_labels(unlabelled, cameras, tmp_path):
    rig, _ = unlabelled
    other = tmp_path / "other"
    other.mkdir()
    videos = {camera.name: "v.mp4" for camera in cameras}
    hands = {frame: [make_hand()] for frame in (6, 99)}
    write_rig(other, cameras, videos, 30, hands=hands)
    report = import_labels(rig, other / "hands3d.json")
    assert open_recording(rig).labelled_frames == (6,)
    assert report.text() == (
        "hands3d.json: 2 labels read, 1 used, dropped: 1 outside the recording"
    )


def test_joints_at_the_origin_are_told(unlabelled, tmp_path):
    rig, _ = unlabelled
    hand = make_hand()
    hand.joints[8] = 0
    write_hands3d(tmp_path / "labels.json", {3: (hand,)})
    report = import_labels(rig, tmp_path / "labels.json")
    assert "WARNING: 1 of 21 joints are exactly at (0, 0, 0)" in report.text()


def test_3d_labels_counted_from_one_in_another_order(unlabelled, tmp_path):
    rig, _ = unlabelled
    joints = make_hand().joints[ORDERS["interhand"]]
    entry = {"frame": 1, "hand": "right", "landmarks": joints.ravel().tolist()}
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"unit": "mm", "frames": [entry]}))
    with pytest.raises(LabelError, match="--joint_order=interhand"):
        import_labels(rig, path)
    choice = LabelChoice(first_frame=1, joint_order="interhand")
    import_labels(rig, path, choice=choice)
    (hand,) = open_recording(rig).hands(0)
    np.testing.assert_allclose(hand.joints, make_hand().joints, atol=1e-6)
    with pytest.raises(LabelError, match="frames were said to begin at 2"):
        import_labels(rig, path, overwrite=True, choice=LabelChoice(first_frame=2))


def anipose_table(joints, frame=4, M=None, center=(0, 0, 0)):
    """A row of Anipose's CSV; `M` and `center` are what it has applied."""
    M = np.eye(3) if M is None else M
    moved = (joints - center) @ M.T
    columns, row = [], []
    for name, point in zip(JOINT_NAMES, moved):
        columns += [f"{name}_{part}" for part in ("x", "y", "z", "error", "score")]
        row += [*point, 0.5, 0.9]
    columns += [f"M_{i}{j}" for i in range(3) for j in range(3)]
    columns += [f"center_{i}" for i in range(3)]
    row += [*M.ravel(), *center]
    lines = [[*columns, "fnum"], [*row, frame]]
    return "\n".join(",".join(map(str, line)) for line in lines)


@pytest.mark.parametrize("angle", [0.0, 0.7])
def test_anipose_3d(unlabelled, tmp_path, angle):
    """Its points are in the unit of the rig's calibration; its rotation is undone."""
    rig, _ = unlabelled
    M, center = make_camera("c", angle).R, (30.0, -20, 10) if angle else (0, 0, 0)
    path = tmp_path / "pose3d.csv"
    path.write_text(anipose_table(make_hand().joints, 4, M, center))
    import_labels(rig, path)
    (hand,) = open_recording(rig).hands(4)
    np.testing.assert_allclose(hand.joints, make_hand().joints, atol=1e-6)
    assert hand.score[0] == np.float32(0.9) and hand.reprojection_px[0] == 0.5


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("fnum", "number", "no column tells the frame"),
        (",4", ",4.5", "no whole number"),
        ("wrist_x", "wrist_q", "none of its keypoints|understood|no 3D labels"),
        ("0.9", "much", "is not a number"),
        ("0.9", "90", "score must be between 0 and 1"),
    ],
)
def test_malformed_anipose_3d(unlabelled, tmp_path, old, new, match):
    rig, _ = unlabelled
    path = tmp_path / "pose3d.csv"
    path.write_text(anipose_table(make_hand().joints).replace(old, new))
    with pytest.raises(LabelError, match=match):
        import_labels(rig, path)


def test_anipose_3d_with_scores_above_1_reads_back(unlabelled, tmp_path):
    rig, _ = unlabelled
    path = tmp_path / "pose3d.csv"
    path.write_text(anipose_table(make_hand().joints).replace("0.9", "1.02"))
    import_labels(rig, path)
    assert open_recording(rig).hands(4)[0].score.max() == 1


def test_labels_are_not_overwritten_unasked(unlabelled):
    rig, files = unlabelled
    import_labels(rig, files)
    before = (rig / "hands3d.json").read_bytes()
    with pytest.raises(LabelError, match="has 3D labels already"):
        import_labels(rig, files, subject="eve")
    assert (rig / "hands3d.json").read_bytes() == before
    import_labels(rig, files, subject="eve", overwrite=True)
    assert (rig / "hands3d.json").read_bytes() != before


def test_labels_that_are_broken_can_be_replaced(unlabelled):
    rig, files = unlabelled
    (rig / "hands3d.json").write_text("{")
    import_labels(rig, files, overwrite=True)
    assert open_recording(rig).labelled_frames == (3, 4)


def test_likelihoods_that_leave_no_joint_are_told(unlabelled, tmp_path):
    rig, _ = unlabelled
    file = write_dlc(tmp_path / "a.csv", {3: np.ones((21, 2)) * 9}, likelihood=0)
    with pytest.raises(LabelError, match=r"likelihood or visibility of 0\.5 on"):
        import_labels(rig, {"front": file})


def test_wrong_cameras_and_files(unlabelled, tmp_path):
    rig, files = unlabelled
    with pytest.raises(LabelError, match=r"no cameras \['top'\]"):
        import_labels(rig, {**files, "top": files["front"]})
    (tmp_path / "labels.npz").touch()
    for name, match in (
        ("absent.csv", "is missing"),
        ("labels.npz", "ending of a file"),
    ):
        with pytest.raises(LabelError, match=match):
            import_labels(rig, {**files, "side": tmp_path / name})
    with pytest.raises(LabelError, match="holds no 3D labels"):
        import_labels(rig, tmp_path / "labels.npz")


def test_panoptic_trees_keep_their_own_labels(panoptic_dir, unlabelled):
    with pytest.raises(LabelError, match="into a plain rig only"):
        import_labels(panoptic_dir, unlabelled[1])


@pytest.fixture
def desk(tmp_path):
    """A rig of two cameras that look obliquely, and 2D labels of 10 frames."""
    world = np.array([150.0, -80, 1500])
    cameras = [make_camera(f"c{i}", angle) for i, angle in enumerate((0.3, 0.9))]
    cameras = [
        dataclasses.replace(
            c,
            K=[[600, 0, 320], [0, 600, 240], [0, 0, 1]],
            t=c.t - c.R @ world,
            resolution=(640, 480),
        )
        for c in cameras
    ]
    hands = {
        frame: make_hand(
            center=world + [8 * frame, 0, 5 * frame], bend=0.3 + frame / 40
        )
        for frame in range(10)
    }
    folder = tmp_path / "desk"
    for camera in cameras:
        write_video(folder / f"{camera.name}.mp4", size=(640, 480))
    return folder, cameras, hands


def write_desk(desk, cameras=None, change=lambda pixels: pixels, names=JOINT_NAMES):
    """Writes the calibration (maybe another) and labels; returns the label files."""
    folder, true, hands = desk
    videos = {camera.name: f"{camera.name}.mp4" for camera in true}
    write_rig(folder, cameras or true, videos, 30)
    files = {}
    for camera in true:
        labels = {f: change(camera.project(hand.joints)) for f, hand in hands.items()}
        path = folder / f"labels_{camera.name}.json"
        files[camera.name] = write_coco(path, labels, names)
    return folder, files


def test_good_labels_of_the_desk(desk):
    folder, files = write_desk(desk)
    report = import_labels(folder, files)
    assert report.triangulation.joints == 210 and report.warnings == ()


@pytest.mark.parametrize(
    ("mistake", "remedy"),
    [
        (lambda c: {"t": c.center}, "write t = -R position"),
        (lambda c: {"R": c.R.T, "t": -c.R.T @ c.t}, "invert them"),
        (
            lambda c: {k: np.diag([1, -1, -1]) @ getattr(c, k) for k in ("R", "t")},
            "OpenGL",
        ),
    ],
)
def test_mistakes_in_the_extrinsics_are_named(desk, mistake, remedy):
    cameras = [dataclasses.replace(c, **mistake(c)) for c in desk[1]]
    folder, files = write_desk(desk, cameras)
    with pytest.raises(LabelError, match=remedy):
        import_labels(folder, files)
    assert not (folder / "hands3d.json").exists()


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        (lambda pixels: pixels / 2, "--label_size=320x240"),
        (lambda pixels: pixels - [200, 100], "made on cropped images"),
    ],
)
def test_labels_of_other_images_are_named(desk, change, remedy):
    folder, files = write_desk(desk, change=change)
    with pytest.raises(LabelError, match=remedy):
        import_labels(folder, files)


def test_swapped_labels_are_named(desk):
    folder, files = write_desk(desk)
    swapped = dict(zip(files, reversed(files.values())))
    with pytest.raises(LabelError, match="fit if swapped"):
        import_labels(folder, swapped)


def test_hands_of_the_other_side(desk):
    folder, files = write_desk(desk)
    with pytest.raises(LabelError, match=r"10 of 10 hands.*--side=right"):
        import_labels(folder, files, side="left")
    report = import_labels(folder, files, side="left", check_shape=False)
    assert "bend their fingers as right hands do" in report.text()


def test_numbered_joints_in_another_order(desk):
    folder, files = write_desk(desk, names=[str(number) for number in range(21)])
    content = json.loads(files["c0"].read_text())
    for path in files.values():
        content = json.loads(path.read_text())
        for entry in content["annotations"]:
            rows = np.reshape(entry["keypoints"], (21, 3))[ORDERS["interhand"]]
            entry["keypoints"] = rows.ravel().tolist()
        path.write_text(json.dumps(content))
    with pytest.raises(LabelError, match="--joint_order=interhand"):
        import_labels(folder, files)
    report = import_labels(folder, files, choice=LabelChoice(joint_order="interhand"))
    assert report.triangulation.error_px < 1e-3 and not report.warnings


def test_contradicting_views(unlabelled, tmp_path):
    rig, files = unlabelled
    rng = np.random.default_rng(0)
    noisy = {5: rng.uniform(0, 60, (21, 2)), 6: rng.uniform(0, 60, (21, 2))}
    wrong = {**files, "side": write_dlc(tmp_path / "side.csv", noisy)}
    with pytest.raises(LabelError, match=r"more than 0\.5 px off.*Make sure"):
        import_labels(rig, wrong, max_error_px=0.5)
    assert not (rig / "hands3d.json").exists()
