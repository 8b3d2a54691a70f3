"""Tests of shared arguments."""

import argparse
from pathlib import Path

import pytest

from hand_geo_keras.cli.arguments import labels_of, open_detector, pairs, size, unit
from hand_geo_keras.errors import LabelError, WeightsError


def test_values():
    assert (unit("cm"), unit("25.4"), size("640x480")) == ("cm", 25.4, (640, 480))
    assert pairs(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    assert labels_of(["a=1.csv"]) == {"a": "1.csv"}
    assert labels_of(["hands3d.json"]) == Path("hands3d.json")
    assert open_detector(None) is None


@pytest.mark.parametrize(
    ("parse", "text"), [(unit, "inch"), (size, "640"), (size, "x")]
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
        open_detector(text)
