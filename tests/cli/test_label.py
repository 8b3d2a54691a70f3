"""`hand-geo label` and `hand-geo correct`: exit codes, files, errors in one line."""

import csv
import dataclasses
import types

import pytest

from hand_geo_keras.cli import label, main
from hand_geo_keras.recordings import open_recording, write_hands3d
from tests.labelling.conftest import FRAMES, cameras, folder
from tests.labelling.fake_reader import FakeReader
from tests.recordings.conftest import make_hand

__all__ = ["cameras", "folder"]


@pytest.fixture
def reader(monkeypatch):
    """The detector that the command gets."""
    reader = FakeReader()
    monkeypatch.setattr(label, "open_reader", lambda args: reader)
    return reader


def test_label_choose_and_overlay(folder, reader, capsys):
    assert main(["label", str(folder), "--choose=5", "--overlay"]) == 0
    assert f"{FRAMES} of {FRAMES} frames labelled" in capsys.readouterr().out
    assert len(open_recording(folder).labelled_frames) == FRAMES
    with open(folder / "frames_to_correct.csv") as file:
        chosen = [int(row["frame"]) for row in csv.DictReader(file)]
    assert len(set(chosen)) == 5 and all(0 <= frame < FRAMES for frame in chosen)
    assert (folder / "labelling" / "overlay_a.mp4").is_file()


def test_frames_that_are_corrected_are_not_chosen_again(folder, reader):
    main(["label", str(folder)])
    recording = open_recording(folder)
    hands = {f: recording.hands(f) for f in recording.labelled_frames}
    for frame in range(0, FRAMES, 2):
        hands[frame] = (dataclasses.replace(hands[frame][0], corrected=True),)
    write_hands3d(folder / "hands3d.json", hands, "hand-geo label")
    main(["label", str(folder), "--choose=50", "--overwrite_labels"])
    with open(folder / "frames_to_correct.csv") as file:
        chosen = [int(row["frame"]) for row in csv.DictReader(file)]
    assert sorted(chosen) == list(range(1, FRAMES, 2))


def test_mostly_rejected_is_an_exit_code(folder, reader, capsys):
    for frame in range(4, FRAMES):
        reader.wrong |= {("a", frame): [20, 0], ("b", frame): [0, 20]}
        reader.lost.add(("c", frame))
    assert main(["label", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "dropped: views contradict each other: 20" in out
    assert "could not be labelled" in out


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["label", "nowhere"], "nowhere: is not a recording"),
        (["label", "{rig}", "--choose=-1"], "--choose must not be negative"),
        (["label", "{rig}", "--detector=mediapipe:no.task"], "extra 'detector'"),
        (["label", "{rig}", "--detector=absent"], "No trained preset at absent"),
        (["label", "{rig}", "--detector={boxed}"], "finds no hands by itself"),
        (["correct", "nowhere"], "nowhere: is not a recording"),
        (["correct", "{rig}", "--port=70000"], "--port must be 0..65535"),
    ],
)
def test_bad_input_is_one_line(folder, boxed_preset, capsys, arguments, match):
    named = {"rig": folder, "boxed": boxed_preset}
    arguments = [text.format(**named) for text in arguments]
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert match in captured.err and captured.err.count("\n") == 1
    assert not (folder / "hands3d.json").exists()


def test_labels_from_elsewhere_are_one_line(folder, reader, capsys):
    write_hands3d(folder / "hands3d.json", {3: (make_hand(),)})
    assert main(["label", str(folder)]) == 2
    assert "--overwrite_labels" in capsys.readouterr().err
    assert main(["label", str(folder), "--overwrite_labels"]) == 0


def test_correct_serves_until_it_is_stopped(folder, monkeypatch, capsys):
    from hand_geo_keras.viewer.page.page_server import PageServer

    def stop(server):
        raise KeyboardInterrupt

    monkeypatch.setattr(PageServer, "serve_forever", stop)
    opened = types.SimpleNamespace(urls=[])
    monkeypatch.setattr("webbrowser.open", opened.urls.append)
    assert main(["correct", str(folder), "--no-browser"]) == 0
    assert "http://127.0.0.1:" in capsys.readouterr().out and not opened.urls
