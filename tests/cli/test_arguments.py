"""Tests of shared arguments."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from hand_geo_keras.cli.arguments import labels_of, open_detector, pairs, size, unit
from hand_geo_keras.cli.predict import hand_boxes
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


def test_hand_boxes():
    assert hand_boxes(None) is None
    assert hand_boxes("320,240,90.5") == (320.0, 240.0, 90.5)
    assert hand_boxes("left.csv") == "left.csv"
    find = hand_boxes("center")
    assert find(None, np.zeros((480, 640, 3))).tolist() == [319.5, 239.5, 480.0]
    with pytest.raises(LabelError, match="or center"):
        hand_boxes("somewhere")
