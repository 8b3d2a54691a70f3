"""Runs the example of every command's --help, word for word, on a tiny rig."""

import contextlib
import io
import json
import re
import shlex

import cv2
import numpy as np
import pytest

from hand_geo_keras.cli import main
from hand_geo_keras.cli.main import COMMANDS
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.calibration_files import (
    read_calibration,
    write_anipose_toml,
)
from hand_geo_keras.training.profiles import PROFILES
from hand_geo_keras.viewer.page import PageServer
from tests.calibration.board_films import (
    board_motion,
    charuco_image,
    film_board,
    webcam,
)
from tests.eager import eagerly
from tests.scenarios.tiny_rig import make_rig

TINY = PROFILES["smoke"]
WEBCAMS = (
    webcam("left", [0, 0, 0], [0, 0, 0]),
    webcam("right", [0, 0.5, 0], [-250, 0, 60]),
)
# The default would look for ImageNet weights in the network, and for more labels.
OFFLINE = {
    "train": ["--features=none", "--label_budget=8", "--methods", "fine_tuned"],
    "view": ["--no-browser"],
}


# They need a hand, a person, a webcam or a quarter of an hour, and have other tests.
ELSEWHERE = {"label", "correct", "live", "scenarios"}


def example_of(command):
    """Arguments of the example in a command's --help."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    (example,) = re.findall(r"^  hand-geo (.*)$", text.getvalue(), re.MULTILINE)
    return shlex.split(example)


def from_videos(arguments, first, second, ending=".mp4"):
    """The arguments of `record` with videos in place of the devices 0 and 2."""
    place = arguments.index("--cameras")
    assert arguments[place + 1 : place + 3] == ["0", "2"]
    videos = [first + ending, second + ending]
    return [*arguments[: place + 1], *videos, *arguments[place + 3 :]]


def interrupted(server):
    """Instead of waiting for browsers until Ctrl-C."""
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What each example printed; they build on each other as a user's steps do."""
    folder = tmp_path_factory.mktemp("desk")
    make_rig(folder / "my_rig")
    cameras = read_calibration(folder / "my_rig" / "calibration.json")
    write_anipose_toml(folder / "calibration.toml", cameras)
    motion = board_motion(50, [0, 0, 600], [110, 80, 140], keys=11)
    film_board(folder / "filmed", WEBCAMS, motion, charuco_image())
    printed = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setitem(PROFILES, "standard", TINY)
        patch.setattr(PageServer, "serve_forever", interrupted)
        for command in [name for name in COMMANDS if name not in ELSEWHERE]:
            text = io.StringIO()
            with contextlib.redirect_stdout(text), eagerly(command == "train"):
                arguments = example_of(command)
                if command == "record":
                    names = "filmed/left", "filmed/right"
                    arguments = from_videos(arguments, *names, ending=".avi")
                code = main([*arguments, *OFFLINE.get(command, ())])
            # The checklist is right: the tiny rig's stick hand is a doll's.
            assert code == (1 if command == "check" else 0), command
            printed[command] = text.getvalue()
    return folder, printed


def test_synth(outputs):
    folder, printed = outputs
    sequences = sorted((folder / "dome").iterdir())
    assert f"{len(sequences)} sequences rendered" in printed["synth"]
    assert len(open_recording(sequences[0]).cameras) == 2


def test_board(outputs):
    folder, printed = outputs
    assert "10 x 7 squares of 25 mm" in printed["board"]
    assert (folder / "board.pdf").is_file()


def test_record_and_calibrate(outputs):
    folder, printed = outputs
    assert "50 frames at 30 per second" in printed["record"]
    distance = float(re.search(r"left to right: ([\d.]+) mm", printed["calibrate"])[1])
    assert distance == pytest.approx(np.linalg.norm(WEBCAMS[1].center), rel=0.005)
    assert (folder / "my_rig" / "calibration_report.html").is_file()


def test_convert(outputs):
    folder, printed = outputs
    assert "2 cameras (left, right)" in printed["convert"]
    content = json.loads((folder / "my_rig" / "calibration.json").read_text())
    assert [c["video"] for c in content["cameras"]] == ["left.mp4", "right.mp4"]


def test_check(outputs):
    printed = outputs[1]["check"]
    assert "my_rig: error" in printed and "ok       baseline" in printed
    assert "ERROR    hand size: wrist to middle knuckle is 27.7 mm" in printed


def test_prepare(outputs):
    folder, printed = outputs
    assert re.search(r"prepared: 60 instants, \d+ views", printed["prepare"])
    assert (folder / "prepared" / "preparation_report.json").is_file()


def test_train(outputs):
    folder, printed = outputs
    assert "N-MPJPE" in printed["train"]
    assert (folder / "runs" / "my_rig" / "metrics.json").is_file()


def test_evaluate_agrees_with_the_training_runs_own_figures(outputs):
    folder, printed = outputs
    metrics = json.loads((folder / "runs" / "my_rig" / "metrics.json").read_text())
    figure = float(re.search(r"N-MPJPE\s+([\d.]+) mm", printed["evaluate"])[1])
    assert figure == pytest.approx(metrics["n_mpjpe_mm"]["fine_tuned"], abs=0.02)


def test_predict(outputs):
    folder, printed = outputs
    assert "60 hands predicted" in printed["predict"]
    keypoints = json.loads((folder / "predicted" / "keypoints.json").read_text())
    assert len(keypoints["hands"]) == 60
    assert keypoints["hands"][0]["camera_joints_mm"][0][2] > 0
    video = cv2.VideoCapture(str(folder / "predicted" / "annotated.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 60


def test_export(outputs):
    folder, _ = outputs
    assert (folder / "served" / "hand_geo" / "1" / "saved_model.pb").is_file()


def test_view(outputs):
    assert re.match(r"http://127\.0\.0\.1:\d+/ .*\nStopped", outputs[1]["view"])


def test_predict_all_views_of_the_rig(outputs, capsys):
    folder, _ = outputs
    boxes = {name: {"box": [48, 48, 90]} for name in ("left", "right")}
    (folder / "my_rig" / "boxes.json").write_text(json.dumps(boxes))
    rig, model, out = folder / "my_rig", folder / "runs" / "my_rig", folder / "world"
    assert main(["predict", str(rig), f"--model={model}", f"--out_dir={out}"]) == 0
    assert "60 hands predicted" in capsys.readouterr().out
    entries = json.loads((out / "hands3d.json").read_text())["frames"]
    assert [entry["views"] for entry in entries] == [2] * 60


def test_predict_images(outputs, tmp_path, capsys):
    folder, _ = outputs
    image = cv2.VideoCapture(str(folder / "my_rig" / "left.mp4")).read()[1]
    cv2.imwrite(str(tmp_path / "a.png"), image)
    (tmp_path / "b.png").write_bytes(b"broken")
    model = folder / "runs" / "my_rig" / "model.keras"
    arguments = [f"--model={model}", f"--out_dir={tmp_path / 'out'}", "--side=left"]
    assert main(["predict", str(tmp_path), "--boxes=48,48,90", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "1 hand predicted" in printed and "skipped: unreadable: 1" in printed
    assert (tmp_path / "out" / "annotated" / "a.png").is_file()


def test_evaluate_refuses_crops_of_another_size(outputs, capsys):
    folder, _ = outputs
    model = f"--model={folder / 'runs' / 'my_rig'}"
    assert main(["evaluate", str(folder / "prepared"), model]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "prepare again with that crop size" in error
