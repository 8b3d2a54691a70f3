"""What `hand-geo train` makes of its arguments, without training."""

import shutil

import pytest

from hand_geo_keras.cli import main
from hand_geo_keras.scenarios import recording
from hand_geo_keras.training.profiles import PROFILES
from tests.scenarios.tiny_rig import make_rig


@pytest.fixture
def calls(monkeypatch):
    """Arguments by which `train_recording` was called, in place of a training."""
    made = []

    def train(*arguments, **further):
        made.append((arguments, further))
        return {}

    monkeypatch.setattr(recording, "train_recording", train)
    monkeypatch.setattr(recording, "summary", lambda metrics: "done")
    return made


@pytest.fixture
def rig(tmp_path):
    """A rig without labels, and a file with labels beside it."""
    folder = make_rig(tmp_path / "rig", 12)
    (folder / "hands3d.json").rename(tmp_path / "labels.json")
    return folder


def test_settings_reach_the_training(rig, calls, tmp_path, capsys):
    out_dir, labels = tmp_path / "out", tmp_path / "labels.json"
    command = ["train", str(rig), f"--out_dir={out_dir}", f"--labels={labels}"]
    command += ["--label_budget=8", "--epochs=2", "--crop_size=96", "--seed=3"]
    command += ["--methods", "supervised", "fine_tuned", "--features=none"]
    assert main(command) == 0
    ((*places, profile, methods, budget, features, seed, start), further) = calls[0]
    assert places == [str(rig), str(out_dir)]
    assert profile == PROFILES["standard"].with_epochs(2)
    assert (methods, budget) == (["supervised", "fine_tuned"], 8)
    assert (features, seed, start) == (None, 3, None)
    assert (further["crop_size"], further["detector"]) == (96, None)
    assert further["command"].startswith("hand-geo train")
    assert (rig / "hands3d.json").is_file()
    assert f"wrote {out_dir}/report.html" in capsys.readouterr().out


def test_the_same_command_resumes_and_other_labels_do_not_replace(
    rig, calls, tmp_path, capsys
):
    labels = tmp_path / "labels.json"
    command = ["train", str(rig), f"--out_dir={tmp_path / 'out'}"]
    for _ in range(2):
        assert main([*command, f"--labels={labels}"]) == 0
    assert len(calls) == 2
    others = labels.rename(tmp_path / "others.json")
    assert main([*command, f"--labels={others}"]) == 2
    assert "has 3D labels already" in capsys.readouterr().err
    assert len(calls) == 2


def test_labels_are_brought_in_again_if_flags_or_files_change(
    rig, calls, tmp_path, capsys
):
    labels = tmp_path / "labels.json"
    command = ["train", str(rig), f"--out_dir={tmp_path / 'out'}"]
    command += [f"--labels={labels}", "--overwrite_labels"]

    def brings_in(*further):
        before = (rig / "hands3d.json").stat().st_mtime_ns
        assert main([*command, *further]) == 0
        return (rig / "hands3d.json").stat().st_mtime_ns != before

    shutil.copy(labels, rig / "hands3d.json")
    assert brings_in() and not brings_in()
    assert brings_in("--subject=anna") and not brings_in("--subject=anna")
    labels.write_text(labels.read_text() + "\n")
    assert brings_in("--subject=anna")
    assert main([*command[:-1], "--subject=bert"]) == 2
    assert "has 3D labels already" in capsys.readouterr().err


def test_a_number_of_labels_is_told_its_new_name(rig, calls, tmp_path, capsys):
    assert main(["train", str(rig), f"--out_dir={tmp_path}", "--labels", "64"]) == 2
    assert "is --label_budget=64" in capsys.readouterr().err
    assert not calls


def test_what_is_prepared_takes_no_labels(rig, calls, tmp_path, capsys):
    (tmp_path / "labels.json").rename(rig / "hands3d.json")
    prepared, out_dir = str(tmp_path / "prepared"), f"--out_dir={tmp_path / 'out'}"
    assert main(["prepare", str(rig), f"--out_dir={prepared}", "--crop_size=32"]) == 0
    assert main(["train", prepared, out_dir, "--labels=left=a.csv"]) == 2
    assert "give --labels to hand-geo prepare" in capsys.readouterr().err
    assert main(["train", prepared, out_dir]) == 0
    assert calls[0][0][0] == prepared


@pytest.mark.parametrize(
    ("given", "methods", "start"),
    [
        ([], ["tuned_joints"], "hand_128"),
        (["--start=mine"], ["tuned_joints"], "mine"),
        (["--methods", "fine_tuned"], ["fine_tuned"], None),
        (["--methods", "adapted", "--start=mine"], ["adapted"], "mine"),
    ],
)
def test_begins_with_the_shipped_model_unless_told(
    rig, calls, tmp_path, given, methods, start
):
    (tmp_path / "labels.json").rename(rig / "hands3d.json")
    assert main(["train", str(rig), f"--out_dir={tmp_path / 'out'}", *given]) == 0
    arguments = calls[0][0]
    assert (arguments[3], arguments[7]) == (methods, start)
