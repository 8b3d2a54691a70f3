"""Cameras from rendered videos of a board, against those they were rendered with."""

import json
import re

import cv2
import numpy as np
import pytest

from hand_geo_keras import calibration
from hand_geo_keras.calibration import (
    Board,
    calibrate_board,
    write_calibration_report,
)
from hand_geo_keras.cli import main
from hand_geo_keras.errors import CalibrationError, RecordingError
from hand_geo_keras.recordings.calibration_files import read_calibration
from tests.calibration.board_films import (
    board_motion,
    charuco_image,
    chessboard_image,
    film_board,
    webcam,
    write_film,
)

TWO = (
    webcam("left", [0, 0, 0], [0, 0, 0]),
    webcam("right", [0, 0.5, 0.02], [-250, 5, 60], 640, (-0.1, 0.02, 0, 0, 0)),
)
FOUR = (
    webcam("a", [0, 0, 0], [0, 0, 0]),
    webcam("b", [0, 0.45, 0.02], [-230, 5, 60], 640, (-0.1, 0.02, 0, 0, 0)),
    webcam("c", [0.3, -0.4, 0.1], [200, 100, 60], 570),
    webcam("d", [-0.25, -0.3, 0.1], [180, -100, 60], 610, (0.05, 0, 0, 1e-3, 0)),
)


def errors(result, true):
    """Worst errors of focal lengths (relative), rotations (°), distances (relative)."""
    origin = {camera.name: camera for camera in true}[result.cameras[0].name]
    focal, angle, distance = [], [], []
    for camera, known in zip(result.cameras, true):
        focal += list(np.abs(camera.K[[0, 1], [0, 1]] / known.K[[0, 1], [0, 1]] - 1))
        R = known.R @ origin.R.T @ camera.R.T
        angle.append(np.degrees(np.linalg.norm(cv2.Rodrigues(R)[0])))
    places = {camera.name: camera.center for camera in true}
    for (a, b), found in result.distances_mm.items():
        distance.append(abs(found / np.linalg.norm(places[a] - places[b]) - 1))
    return max(focal), max(angle), max(distance, default=0)


@pytest.fixture(scope="module")
def two_dir(tmp_path_factory):
    """ChArUco films: `right` began 6 frames early, `left` misses it for a while."""
    folder = tmp_path_factory.mktemp("two")
    motion = board_motion(84, [0, 0, 600], [140, 100, 150])
    hidden = {"left": range(30, 40)}
    film_board(folder, TWO, motion, charuco_image(), {"right": 6}, hidden)
    return folder


@pytest.fixture(scope="module")
def two(two_dir):
    return calibrate_board(two_dir, Board("charuco"), progress=False)


def test_two_cameras_and_a_charuco_board(two):
    focal, angle, distance = errors(two, TWO)
    assert focal < 0.005 and angle < 0.1 and distance < 0.005
    assert two.offsets == {"left": 0, "right": 6}
    assert abs(two.remainders["right"]) < 0.1
    assert two.rms_px < 0.3
    for camera, known in zip(two.cameras, TWO):
        assert camera.resolution == (640, 480)
        # Two coefficients trade off: compare what the lens does in the image's corner.
        corner = known.unproject([[30.0, 30.0]], [600])
        centred = camera.R.T @ (known.R @ corner[0] + known.t - camera.t)
        np.testing.assert_allclose(camera.project(centred), [30, 30], atol=1.5)


def test_four_cameras_and_a_chessboard(tmp_path):
    offsets = {"b": 4, "c": 9, "d": 1}
    motion = board_motion(64, [0, 0, 620], [90, 60, 120], keys=13)
    film_board(tmp_path, FOUR, motion, chessboard_image(), offsets, blur=0.9, noise=4)
    result = calibrate_board(tmp_path, Board("chessboard"), progress=False)
    focal, angle, distance = errors(result, FOUR)
    assert focal < 0.005 and angle < 0.1 and distance < 0.005
    assert result.offsets == {"a": 0} | offsets
    assert len(result.distances_mm) == 6


def test_outliers_are_dropped_and_counted(two_dir, tmp_path):
    """A second board with a ghost: some frames of one video show another instant."""
    for video in two_dir.iterdir():
        frames = []
        reader = cv2.VideoCapture(str(video))
        while (frame := reader.read())[0]:
            frames.append(frame[1])
        if video.stem == "right":
            frames[50], frames[51] = frames[70], frames[71]
        write_film(tmp_path / video.name, frames)
    result = calibrate_board(tmp_path, Board("charuco"), progress=False)
    focal, angle, distance = errors(result, TWO)
    assert focal < 0.005 and angle < 0.1 and distance < 0.005
    assert result.offsets == {"left": 0, "right": 6}


def test_videos_said_to_be_synchronised_that_are_not(two_dir):
    match = "right shows each instant 6 frames later than that of left"
    with pytest.raises(CalibrationError, match=match):
        calibrate_board(two_dir, Board("charuco"), True, 40, progress=False)


def test_the_report_is_one_file_with_all_that_is_needed(two, tmp_path):
    path = tmp_path / "calibration_report.html"
    write_calibration_report(path, two)
    text = path.read_text()
    assert 'name="viewport"' in text
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    # Two figures of the positions, and two of each camera.
    assert text.count("data:image/png;base64,") == 2 + 2 * 2
    (distance,) = two.distances_mm.values()
    assert f"{distance:.1f} mm" in text and "250.0 mm" in text
    assert "right=6" in text


def test_a_single_camera(two_dir, tmp_path):
    (tmp_path / "left.avi").write_bytes((two_dir / "left.avi").read_bytes())
    result = calibrate_board(tmp_path, Board("charuco"), False, 50, progress=False)
    assert errors(result, TWO[:1])[0] < 0.005
    assert result.offsets == {"left": 0} and not result.distances_mm


def test_folders_of_images(two_dir, tmp_path):
    for video in two_dir.iterdir():
        (tmp_path / video.stem).mkdir()
        reader = cv2.VideoCapture(str(video))
        for number in range(76):
            _, frame = reader.read()
            shown = number - 6 * (video.stem == "right")
            if shown >= 0 and shown % 3 == 0:
                # Later than the frames that are searched, if all numbers counted.
                file = tmp_path / video.stem / f"{video.stem}_{9000 + shown}.png"
                cv2.imwrite(str(file), frame)
    result = calibrate_board(tmp_path, Board("charuco"), progress=False)
    assert result.offsets == {"left": 0, "right": 0} and result.fps is None
    _, angle, distance = errors(result, TWO)
    assert angle < 0.2 and distance < 0.01


def test_a_board_that_no_two_cameras_see_at_once(tmp_path):
    motion = board_motion(60, [0, 0, 600], [120, 90, 150], keys=12)
    hidden = {"left": range(30, 60), "right": range(0, 30)}
    film_board(tmp_path, TWO, motion, charuco_image(), missing=hidden)
    with pytest.raises(CalibrationError, match="to both left and right at once"):
        calibrate_board(tmp_path, Board("charuco"), progress=False)


def test_a_board_at_rest_tells_no_offset(tmp_path):
    """Each camera sees it move alone, and both see it lie still."""
    R, t = board_motion(50, [0, 0, 600], [120, 90, 150], keys=12)
    order = [*range(25), *[25] * 30, *range(25, 50)]
    hidden = {"left": range(55, 80), "right": range(25)}
    film_board(tmp_path, TWO, (R[order], t[order]), charuco_image(), missing=hidden)
    with pytest.raises(CalibrationError, match="hardly moves while left and right"):
        calibrate_board(tmp_path, Board("charuco"), progress=False)
    # Said to be synchronised, the one common view is enough to place the cameras.
    result = calibrate_board(
        tmp_path, Board("charuco"), synchronised=True, progress=False
    )
    assert errors(result, TWO)[2] < 0.02


@pytest.mark.parametrize(
    ("board", "match"),
    [
        (Board("charuco", 8, 7), r"give --squares=10x7"),
        (Board("charuco", 12, 5), r"give --squares=10x7"),
        (Board("charuco", dictionary="DICT_5X5_50"), "give --dictionary=DICT_4X4"),
    ],
)
def test_another_board_than_was_said_is_named(two_dir, board, match):
    with pytest.raises(CalibrationError, match=match) as caught:
        calibrate_board(two_dir, board, max_frames=30, progress=False)
    assert str(two_dir / "left.avi") in str(caught.value)


def test_another_chessboard_than_was_said_is_named(tmp_path):
    motion = board_motion(8, [0, 0, 560], [40, 30, 20], keys=8, tilt=0.3)
    film_board(tmp_path, TWO[:1], motion, chessboard_image())
    with pytest.raises(CalibrationError, match="give --squares=10x7"):
        calibrate_board(tmp_path, Board("chessboard", 9, 6), progress=False)
    with pytest.raises(CalibrationError, match="--board=chessboard --squares=10x7"):
        calibrate_board(tmp_path, Board("charuco"), progress=False)


def test_no_board(tmp_path):
    motion = board_motion(8, [0, 0, 5000], [1, 1, 1])
    film_board(tmp_path, TWO[:1], motion, np.zeros((9, 9)))
    with pytest.raises(CalibrationError, match=r"left.avi: none of its 8 frames"):
        calibrate_board(tmp_path, Board("charuco"), progress=False)


def test_a_single_frame(tmp_path):
    R, t = board_motion(8, [0, 0, 600], [10, 10, 10])
    film_board(tmp_path, TWO, (R[:1], t[:1]), charuco_image())
    with pytest.raises(
        CalibrationError, match=r"only 1 of its 1 frames .* film it longer"
    ):
        calibrate_board(tmp_path, Board("charuco"), progress=False)


def test_views_that_are_all_alike(tmp_path):
    R, t = board_motion(30, [0, 0, 600], [1, 1, 1], tilt=0.01)
    film_board(tmp_path, TWO[:1], (R, t), charuco_image())
    with pytest.raises(CalibrationError, match=r"tilt(ed)? (the board|to all sides)"):
        calibrate_board(tmp_path, Board("charuco"), progress=False)


def test_folders_that_hold_no_videos(tmp_path):
    with pytest.raises(RecordingError, match="nowhere: is no folder"):
        calibrate_board(tmp_path / "nowhere", Board())
    with pytest.raises(RecordingError, match="holds no video of a board"):
        calibrate_board(tmp_path, Board())
    (tmp_path / "cam0.mp4").write_bytes(b"no video")
    with pytest.raises(RecordingError, match=r"cam0\.mp4: the video cannot be opened"):
        calibrate_board(tmp_path, Board())


@pytest.mark.parametrize(("choice", "expected"), [("write", [0, 6]), ("none", [0, 0])])
def test_the_command_says_where_offsets_went(
    two, tmp_path, monkeypatch, capsys, choice, expected
):
    monkeypatch.setattr(calibration, "calibrate_board", lambda *arguments: two)
    (tmp_path / "right.mkv").touch()
    (tmp_path / "hands3d.json").touch()
    target = tmp_path / "calibration.json"
    arguments = ["calibrate", "board", f"--out={target}", f"--offsets={choice}"]
    assert main(arguments) == 0
    content = json.loads(target.read_text())
    assert [entry["frame_offset"] for entry in content["cameras"]] == expected
    assert [entry["video"] for entry in content["cameras"]] == ["left.mp4", "right.mkv"]
    assert (content["unit"], content["fps"]) == ("mm", 30)
    found = read_calibration(target)
    np.testing.assert_allclose(found[1].t, two.cameras[1].t)
    printed = capsys.readouterr().out
    assert "frame offsets of the board's videos: left 0, right 6" in printed
    note = "stand in the calibration" if choice == "write" else "were not written"
    assert note in printed and "hands3d.json was made with an earlier" in printed
    assert note in (tmp_path / "calibration_report.html").read_text()
