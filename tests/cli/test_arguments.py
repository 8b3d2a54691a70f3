"""Tests of shared arguments."""

import argparse
import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras import verified_file
from hand_geo_keras.cli.arguments import (
    add_detector_arguments,
    detector_of,
    labels_of,
    open_detector,
    pairs,
    seed,
    size,
    unit,
)
from hand_geo_keras.cli.main import build_parser
from hand_geo_keras.cli.predict import hand_boxes
from hand_geo_keras.errors import LabelError, WeightsError
from hand_geo_keras.prediction import hand_landmarker_download as download
from tests.recordings.faulty_server import FaultySite, serve

TASK = "/hand_landmarker/float16/1/hand_landmarker.task"


def detector_argument(text):
    return argparse.Namespace(detector=text)


def test_values():
    assert (unit("cm"), unit("25.4"), size("640x480")) == ("cm", 25.4, (640, 480))
    assert seed(str(2**32 - 1)) == 2**32 - 1
    assert pairs(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    assert labels_of(["a=1.csv"]) == {"a": "1.csv"}
    assert labels_of(["hands3d.json"]) == Path("hands3d.json")
    assert open_detector(detector_argument(None)) is None


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((unit, "inch"), (size, "640"), (size, "x")),
        *((seed, "-1"), (seed, "1.5"), (seed, str(2**32))),
    ],
)
def test_values_that_are_no_values(parse, text):
    with pytest.raises(argparse.ArgumentTypeError, match="must be"):
        parse(text)


@pytest.mark.parametrize("texts", [["a"], ["=b"], ["a=", "b=c"]])
def test_incomplete_pairs(texts):
    with pytest.raises(LabelError, match="<camera>=<value>"):
        pairs(texts)


@pytest.mark.parametrize("text", ["yolo:x", "mediapipe", "mediapipe:"])
def test_unknown_detectors(text):
    with pytest.raises(WeightsError, match="--detector must be"):
        open_detector(detector_argument(text))


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setattr(verified_file, "cache_folder", lambda: tmp_path)
    return tmp_path


def test_the_detector_is_fetched_once_with_its_address_and_hash_named(
    cache, monkeypatch, capsys
):
    content = b"a model"
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(download, "SHA256", digest)
    with serve(FaultySite({TASK: content})) as site:
        monkeypatch.setattr(download, "URL", site.url + TASK)
        for _ in range(2):
            path = cache / "hand_landmarker.task"
            assert detector_of("fetch") == f"mediapipe:{path}"
            assert capsys.readouterr().out == (
                f"{path}: from {site.url}{TASK}, SHA-256 {digest}\n"
            )
        assert len(site.gets(TASK)) == 1
    assert path.read_bytes() == content


def test_a_detector_that_cannot_be_fetched(cache, monkeypatch):
    address = download.URL
    assert address.endswith(TASK) and re.fullmatch("[0-9a-f]{64}", download.SHA256)
    monkeypatch.setattr(download, "URL", "http://127.0.0.1:9" + TASK)
    with pytest.raises(WeightsError) as caught:
        open_detector(detector_argument("fetch"))
    message = str(caught.value)
    assert message.startswith("Cannot download hand_landmarker.task from http://127.")
    assert message.endswith("give --detector=mediapipe:<the file>.")
    assert not any(cache.iterdir())


def test_every_command_with_a_detector_fetches_it():
    for command in ("predict", "prepare", "train", "label"):
        place = [] if command in ("predict", "label") else ["--out_dir=out"]
        parse = build_parser().parse_args
        assert parse([command, "rig", *place, "--fetch-detector"]).detector == "fetch"
        with pytest.raises(SystemExit):
            parse(
                [command, "rig", *place, "--fetch-detector", "--detector=mediapipe:x"]
            )
    parser = argparse.ArgumentParser()
    add_detector_arguments(parser, default="hand_128")
    assert parser.parse_args([]).detector == "hand_128"


def test_hand_boxes():
    assert hand_boxes(None) is None
    assert hand_boxes("320,240,90.5") == (320.0, 240.0, 90.5)
    assert hand_boxes("left.csv") == "left.csv"
    find = hand_boxes("center")
    assert find(None, np.zeros((480, 640, 3))).tolist() == [319.5, 239.5, 480.0]
    with pytest.raises(LabelError, match="or center"):
        hand_boxes("somewhere")
