"""Tests of the command line: exit codes, errors in one line, labels on the way in."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from hand_geo_keras.cli import check, main, train
from hand_geo_keras.cli.main import COMMANDS, _with_home, build_parser
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.calibration_files import read_calibration
from tests.recordings.conftest import make_hand
from tests.recordings.view_labels.conftest import write_dlc
from tests.scenarios.tiny_rig import make_rig


def bad_input(capsys, *arguments):
    """The single line on stderr of a command that ends with exit code 2."""
    assert main(list(map(str, arguments))) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    return captured.err


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["check", "nowhere"], "hand-geo check: error: nowhere: is not a recording"),
        (["calibrate", "nowhere", "--out=c.json"], "nowhere: is no folder; give"),
        (["calibrate", ".", "--out=c.json"], "holds no video of a board"),
        (["calibrate", ".", "--out=c.toml"], "c.toml: a rig's calibration is written"),
        (["calibrate", ".", "--out=c.json", "--square_mm=0"], "must be 1 to 1000 mm"),
        (["calibrate", ".", "--out=c.json", "--max_frames=0"], "must be at least 1"),
        (["board", "--out=b.pdf", "--squares=30x20"], "does not fit on A4"),
        (["board", "--out=b.svg"], "b.svg: a board is written as .pdf or .png"),
        (["record", "--cameras", "v.mp4", "--out=o"], "neither the number of a camera"),
        (["convert", "a.toml", "b.json"], "a.toml: cannot be read"),
        (["convert", "a.txt", "b.json"], "a.txt: the ending"),
        (["prepare", "nowhere", "--out_dir=out"], "nowhere: is not a recording"),
        (
            ["prepare", "r", "--out_dir=out", "--detector=yolo"],
            "--detector must be mediapipe:",
        ),
        (["predict", "v.mp4", "--model=m", "--out_dir=o"], "No trained preset at m"),
        (
            ["predict", "v.mp4", "--model=m", "--out_dir=o", "--boxes=1;2"],
            "--boxes must be cx,cy,side",
        ),
        (["synth", "--out_dir=o", "--cameras=a"], "--cameras must be numbers"),
        (
            ["synth", "--out_dir=o", "--variant=wild", "--cameras=1"],
            "--cameras cannot be used with --variant=wild",
        ),
        (["synth", "--out_dir=o", "--views=2"], "--views cannot be used"),
        (["synth", "--out_dir=o", "--cameras=99"], "The dome has the cameras 0..30"),
    ],
)
def test_bad_input_is_one_line(capsys, monkeypatch, tmp_path, arguments, match):
    monkeypatch.chdir(tmp_path)
    assert match in bad_input(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c(monkeypatch, capsys):
    def stop(args):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "run", stop)
    assert main(["check", "my_rig"]) == 130
    assert "run the same command again" in capsys.readouterr().err


def test_warnings_are_one_line():
    """In a process of its own: pytest takes warnings for itself."""
    code = (
        "import warnings\nfrom hand_geo_keras.cli import check, main\n"
        "check.run = lambda args: warnings.warn('Pixels\\nonly.')\n"
        "main(['check', 'my_rig'])\nwarnings.warn('Later.')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    first, second = ran.stderr.splitlines()
    assert first == "WARNING: Pixels only."
    assert "UserWarning: Later." in second


def test_bugs_keep_their_traceback(monkeypatch):
    def fail(args):
        json.loads("{")  # a ValueError from elsewhere

    monkeypatch.setattr(check, "run", fail)
    with pytest.raises(json.JSONDecodeError):
        main(["check", "my_rig"])


def test_files_that_cannot_be_written(rig_dir, capsys):
    target = rig_dir / "calibration.json" / "calibration.toml"
    error = bad_input(capsys, "convert", rig_dir / "calibration.json", target)
    assert f"{target}: cannot be written" in error


def test_convert_makes_the_folder(rig_dir):
    target = rig_dir / "new" / "deep" / "calibration.toml"
    assert main(["convert", str(rig_dir / "calibration.json"), str(target)]) == 0
    assert len(read_calibration(target)) == 2


def test_frame_offsets_are_whole_numbers(rig_dir, capsys):
    arguments = ["convert", rig_dir / "calibration.json", rig_dir / "new.json"]
    error = bad_input(capsys, *arguments, "--frame_offsets", "front=1.5")
    assert "must be a whole number of frames" in error


@pytest.mark.parametrize("arguments", [[], ["fly"], ["check"], ["check", "a", "--b"]])
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2 and "usage: hand-geo" in capsys.readouterr().err


def test_every_command_is_listed(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for name, module in COMMANDS.items():
        assert name in text and module.SUMMARY.split()[0] in text


def test_profiles_are_those_of_the_library():
    from hand_geo_keras.training.profiles import PROFILES

    assert set(train.PROFILES) <= set(PROFILES)


def test_an_unknown_method_is_refused_with_those_that_there_are(rig_dir, capsys):
    folder = f"--out_dir={rig_dir / 'out'}"
    assert main(["train", str(rig_dir), folder, "--methods", "best"]) == 2
    error = capsys.readouterr().err
    assert "no method 'best'" in error and "fine_tuned" in error
    assert not (rig_dir / "out").exists()


def test_help_and_check_start_without_tensorflow(rig_dir):
    code = (
        "import sys; from hand_geo_keras.cli import main; "
        f"main(['check', {str(rig_dir)!r}]); assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_check_reports_errors_by_its_exit_code(rig_dir, tmp_path, capsys):
    content = json.loads((rig_dir / "hands3d.json").read_text()) | {"unit": "cm"}
    (rig_dir / "hands3d.json").write_text(json.dumps(content))
    report = tmp_path / "report.json"
    assert main(["check", str(rig_dir), f"--report={report}", "--frames=2"]) == 1
    assert "ERROR    hand size" in capsys.readouterr().out
    assert json.loads(report.read_text())["level"] == "error"


def test_check_with_2d_labels(rig_dir, cameras, tmp_path, capsys):
    pixels = {camera.name: camera.project(make_hand().joints) for camera in cameras}
    labels = [
        f"{name}={write_dlc(tmp_path / f'{name}.csv', {3: seen, 4: seen})}"
        for name, seen in pixels.items()
    ]
    main(["check", str(rig_dir), "--frames=2", "--labels", *labels])
    assert "reprojection in side: 0.0 px median" in capsys.readouterr().out


def test_labels_are_imported_even_if_the_hand_is_too_small(
    rig_dir, cameras, tmp_path, capsys
):
    (rig_dir / "hands3d.json").unlink()
    labels = []
    for camera in cameras:
        seen = camera.project(make_hand(center=(0, 0, 300)).joints)
        file = write_dlc(tmp_path / f"{camera.name}.csv", {3: seen, 4: seen})
        labels.append(f"{camera.name}={file}")
    # The hand covers about 13 pixels here: too little for training, and said so.
    arguments = ["prepare", rig_dir, f"--out_dir={tmp_path / 'out'}", "--labels"]
    assert main([*map(str, arguments), *labels]) == 2
    captured = capsys.readouterr()
    assert "2 frames with a 3D hand" in captured.out
    assert "gave no view of a hand" in captured.err
    assert open_recording(rig_dir).labelled_frames == (3, 4)
    assert "has 3D labels already" in bad_input(capsys, *arguments, *labels)


def test_prepare_with_triangulated_labels(tmp_path, capsys):
    rig = make_rig(tmp_path / "rig")
    recording = open_recording(rig)
    labels = []
    for camera in recording.cameras:
        seen = {
            f: camera.project(recording.hands(f)[0].joints) for f in range(0, 60, 9)
        }
        if camera.name == "left":
            seen[9][8] += [0, 40]  # a slip of the labelling hand
        file = write_dlc(tmp_path / f"{camera.name}.csv", seen, index="{}")
        labels.append(f"{camera.name}={file}")
    arguments = [
        f"--out_dir={tmp_path / 'out'}",
        "--crop_size=32",
        "--overwrite_labels",
    ]
    assert main(["prepare", str(rig), *arguments, "--labels", *labels]) == 0
    printed = capsys.readouterr().out
    assert "7 frames with a 3D hand, 0 without" in printed
    assert "146 joints; 1 rejected" in printed
    assert "6 instants, 12 views" in printed
    assert "dropped: hand: too few valid joints: 1" in printed


def test_convert_with_offsets_and_videos(rig_dir, tmp_path):
    target = tmp_path / "calibration.json"
    source = str(rig_dir / "calibration.json")
    options = ["--fps=25", "--videos", "side=s.avi", "--frame_offsets", "front=2"]
    assert main(["convert", source, str(target), *options]) == 0
    front, side = json.loads(target.read_text())["cameras"]
    assert (front["video"], front["frame_offset"]) == ("front.mp4", 2)
    assert (side["video"], side["frame_offset"]) == ("s.avi", 0)
    assert len(read_calibration(target)) == 2


def test_convert_tells_offsets_that_are_lost(rig_dir, tmp_path, capsys):
    source, target = str(rig_dir / "calibration.json"), str(tmp_path / "new.json")
    content = json.loads((rig_dir / "calibration.json").read_text())
    content["cameras"][1]["frame_offset"] = -3
    (rig_dir / "calibration.json").write_text(json.dumps(content))
    assert main(["convert", source, target]) == 0
    assert "are not carried over; for the same" in capsys.readouterr().out
    assert main(["convert", source, target, "--frame_offsets", "side=-3"]) == 0
    assert "NOTE" not in capsys.readouterr().out
    error = bad_input(capsys, "convert", source, target, "--frame_offsets", "sid=3")
    assert "frame offsets are given for ['sid']" in error


def test_prepare_refuses_labels_behind_the_cameras(rig_dir, tmp_path, capsys):
    path = rig_dir / "calibration.json"
    content = json.loads(path.read_text())
    for camera in content["cameras"]:  # their positions in place of translations
        camera["t"] = (-np.transpose(camera["R"]) @ camera["t"]).tolist()
    path.write_text(json.dumps(content))
    error = bad_input(capsys, "prepare", rig_dir, f"--out_dir={tmp_path / 'out'}")
    assert "in view if 't' holds the position" in error


def test_predict_of_a_rig_needs_boxes_or_a_model_that_searches(
    rig_dir, boxed_preset, tmp_path, capsys
):
    arguments = ["predict", rig_dir, f"--model={boxed_preset}", f"--out_dir={tmp_path}"]
    error = bad_input(capsys, *arguments, "--hands=2")
    assert "nothing says where the hand is" in error
    assert not (tmp_path / "hands3d.json").exists()


@pytest.mark.parametrize("kind", ["rig", "video", "photo"])
def test_hand_128_finds_the_hand_for_models_that_cannot(
    rig_dir, boxed_preset, tmp_path, capsys, monkeypatch, kind
):
    asked = []

    class Detector:
        def __init__(self, side, follow):
            asked.append((side, follow))

        def __call__(self, camera, image):
            return (image.shape[1] / 2, image.shape[0] / 2, 60.0)

    monkeypatch.setattr("hand_geo_keras.prediction.PresetDetector", Detector)
    where = {"rig": rig_dir, "photo": tmp_path / "a.png"}
    where["video"] = min(rig_dir.glob("*.mp4"))
    cv2.imwrite(str(where["photo"]), np.full((96, 96, 3), 90, np.uint8))
    command = ["predict", str(where[kind]), f"--model={boxed_preset}", "--side=left"]
    assert main([*command, f"--out_dir={tmp_path / 'out'}"]) == 0
    assert asked == [("left", kind != "photo")]
    first, second, *_ = capsys.readouterr().out.splitlines()
    found = "finds no hands by itself: hand_128 finds the left one"
    assert first == f"{boxed_preset} {found}"
    assert second.endswith("predicted") and not second.startswith("no hand")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["v.mp4", "--smoothing=strong"], "--smoothing must be on, off, or"),
        (["v.mp4", "--smoothing=0,1"], "positive cutoff frequencies"),
        (["v.mp4", "--export=fbx"], "Motions are written as csv, trc"),
        (["a.png", "--export=bvh"], "images are no motion"),
        (["a.png", "b.png", "--smoothing=2,0.1"], "images are no motion"),
    ],
)
def test_predict_refuses_what_makes_no_sense(
    capsys, monkeypatch, tmp_path, arguments, match
):
    monkeypatch.chdir(tmp_path)
    assert match in bad_input(capsys, "predict", "--out_dir=o", *arguments)
    assert list(tmp_path.iterdir()) == []


def test_predict_of_a_rig_has_one_hand_per_side(rig_dir, tmp_path, capsys):
    rig = ["predict", rig_dir, f"--out_dir={tmp_path}"]
    assert "1 or 2 hands" in bad_input(capsys, *rig, "--hands=3")
    assert "leave it or" in bad_input(capsys, *rig, "--hands=2", "--side=left")


def test_evaluate_shows_figures_that_it_cannot_write(tmp_path, monkeypatch, capsys):
    module = importlib.import_module("hand_geo_keras.evaluation.evaluate_poses")
    figures = dict.fromkeys(("n_mpjpe", "mpjpe", "pa_mpjpe", "pck_auc"), 12.5)
    found = {**figures, "views": 3, "instants": 2}
    monkeypatch.setattr(module, "evaluate_poses", lambda *_: found)
    line = ["evaluate", str(tmp_path), "--model=any", f"--report={tmp_path}"]
    assert main(line) == 2
    printed = capsys.readouterr()
    assert "12.50 mm" in printed.out and "cannot be written" in printed.err


def test_the_home_folder_is_found_behind_an_equals_sign(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    line = ["evaluate", "~/prepared", "--model=any", "--report=~/figures.json"]
    args = build_parser().parse_args([*map(_with_home, line)])
    assert args.report == f"{tmp_path}/figures.json"
    assert (args.prepared, args.model) == (["~/prepared"], "any")  # the shell's work
    assert _with_home("cam0=~/a.csv") == f"cam0={tmp_path}/a.csv"
