"""The tutorial's commands run as written, on a tiny rig and with tiny models."""

import contextlib
import io
import json
import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest

from hand_geo_keras.cli import main
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.calibration_files import read_calibration
from hand_geo_keras.training.profiles import PROFILES
from hand_geo_keras.viewer.page import PageServer
from tests.calibration.board_films import board_motion, charuco_image, film_board
from tests.cli.test_examples import TINY, from_videos, interrupted
from tests.eager import eagerly
from tests.recordings.view_labels.conftest import write_dlc
from tests.scenarios.tiny_rig import make_rig

TUTORIAL = Path(__file__).resolve().parents[1] / "examples" / "tutorial_two_webcams.md"
_FASTER = {"train": ["--label_budget=8"], "view": ["--no-browser"]}
SIDE = 320  # of the rig's images; large enough to read a board's markers


def blocks(language):
    text = TUTORIAL.read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def hand_geo_commands():
    """Arguments of every `hand-geo` command, in order."""
    lines = "".join(blocks("sh")).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("hand-geo ")]


def filmed_rig(folder):
    """What the cameras see, and what a reader writes after boxing and clicking."""
    recording = open_recording(make_rig(folder / "filmed", size=SIDE))
    motion = board_motion(60, [0, 0, 320], [40, 40, 60], keys=13, tilt=0.6)
    film_board(folder / "filmed_board", recording.cameras, motion, charuco_image())
    (folder / "labels").mkdir()
    for camera in recording.cameras:
        clicks = {
            frame: camera.project(recording.hands(frame)[0].joints)
            for frame in range(0, 60, 2)
        }
        write_dlc(folder / "labels" / f"{camera.name}.csv", clicks)
    (folder / "my_rig").mkdir()
    box = {"box": [SIDE / 2, SIDE / 2, 0.94 * SIDE]}
    boxes = {name: box for name in ("left", "right")}
    (folder / "my_rig" / "boxes.json").write_text(json.dumps(boxes))


def with_videos(arguments):
    """A `record` command with videos in place of the cameras 0 and 2."""
    if arguments[0] != "record":
        return arguments
    board = "--out=board" in arguments
    return from_videos(
        arguments,
        *(
            f"{'filmed_board' if board else 'filmed'}/{name}"
            for name in ("left", "right")
        ),
        ending=".avi" if board else ".mp4",
    )


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The folder, and what each command printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    filmed_rig(folder)
    printed = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setitem(PROFILES, "standard", TINY)
        patch.setattr(PageServer, "serve_forever", interrupted)
        for arguments in hand_geo_commands():
            text = io.StringIO()
            is_training = arguments[0] == "train"
            with contextlib.redirect_stdout(text), eagerly(is_training):
                code = main([*with_videos(arguments), *_FASTER.get(arguments[0], ())])
            # Once it has labels, the check is right: the stick hand is a doll's.
            is_doll = arguments == ["check", "my_rig"]
            assert code == (1 if is_doll else 0), (arguments, text.getvalue())
            printed.append((arguments, text.getvalue()))
    return folder, printed


def test_the_commands_go_the_whole_way(outputs):
    commands = [arguments[0] for arguments, _ in outputs[1]]
    assert commands == [
        *("board", "record", "calibrate", "record"),
        *("check", "prepare", "check", "train", "evaluate"),
        *("view", "predict", "predict", "export"),
    ]


def test_clicks_were_checked_and_triangulated(outputs):
    folder, printed = outputs
    before, after = (text for arguments, text in printed if arguments[0] == "check")
    assert "the views agree best without a shift" in before
    assert re.search(r"ERROR    hand size: wrist to middle knuckle is 27\.\d mm", after)
    labels = json.loads((folder / "my_rig" / "hands3d.json").read_text())["frames"]
    assert [entry["frame"] for entry in labels] == list(range(0, 60, 2))


def test_what_the_text_promises_is_there(outputs):
    folder, _ = outputs
    for path in (
        "prepared/preparation_report.json",
        "runs/my_rig/report.html",
        "runs/my_rig/model.keras",
        "predicted/keypoints.json",
        "predicted/keypoints.csv",
        "predicted/annotated.mp4",
        "world/hands3d.json",
        "served/hand_geo/1/saved_model.pb",
    ):
        assert (folder / path).exists(), path


def test_the_boxes_are_valid_for_the_rig(outputs):
    folder, _ = outputs
    (text,) = blocks("json")
    path = folder / "my_rig" / "boxes.json"
    mine = path.read_text()
    path.write_text(text)
    assert open_recording(folder / "my_rig").boxes("left", 7) == (320, 260, 240)
    path.write_text(mine)


def test_the_calibration_finds_the_cameras(outputs):
    folder, printed = outputs
    (text,) = [text for arguments, text in printed if arguments[0] == "calibrate"]
    assert "left to right: 29" in text
    left, right = read_calibration(folder / "my_rig" / "calibration.json")
    true_left, true_right = read_calibration(folder / "filmed" / "calibration.json")
    for camera in (left, right):
        assert camera.resolution == (SIDE, SIDE)
        np.testing.assert_allclose(camera.K[[0, 1], [0, 1]], 2.5 * SIDE, rtol=0.02)
    turn = right.R @ (true_right.R @ true_left.R.T).T
    assert np.degrees(np.linalg.norm(cv2.Rodrigues(turn)[0])) < 0.5
    apart = np.linalg.norm(true_left.center - true_right.center)
    assert np.linalg.norm(right.center) == pytest.approx(apart, rel=0.01)
    assert (folder / "my_rig" / "calibration_report.html").is_file()


def test_the_board_is_the_one_that_was_filmed(outputs):
    folder, printed = outputs
    (text,) = [text for arguments, text in printed if arguments[0] == "board"]
    assert "10 x 7 squares of 25 mm" in text
    assert (folder / "board.pdf").read_bytes().startswith(b"%PDF")
