"""Tests of COCO keypoints."""

import json

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.recordings.view_labels import read_coco
from tests.recordings.view_labels.conftest import write_coco


@pytest.fixture
def pixels():
    pixels = np.arange(42.0).reshape(21, 2)
    pixels[4] = np.nan
    return pixels


def test_keypoints(tmp_path, pixels):
    labels = read_coco(write_coco(tmp_path / "a.json", {7: pixels, 9: pixels + 1}))
    np.testing.assert_array_equal(labels[7], pixels)
    np.testing.assert_array_equal(labels[9], pixels + 1)


def test_keypoints_in_another_order(tmp_path, pixels):
    path = write_coco(tmp_path / "a.json", {7: pixels}, JOINT_NAMES[::-1])
    np.testing.assert_array_equal(read_coco(path)[7], pixels[::-1])


def test_images_with_several_hands_are_ambiguous(tmp_path, pixels):
    path = write_coco(tmp_path / "a.json", {7: pixels, 8: pixels})
    content = json.loads(path.read_text())
    content["annotations"].append(content["annotations"][0])
    path.write_text(json.dumps(content))
    labels = read_coco(path)
    assert labels[7] is None and labels[8] is not None


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"images": {}}, "field 'images' must be a list"),
        ({"categories": [{"id": 1}]}, "lists its 'keypoints'"),
        ({"images": []}, "entry 0 of 'annotations': its image"),
        (
            {"annotations": [{"image_id": 107, "keypoints": [1, 2]}]},
            r"field 'keypoints' must be \[x, y, v\]",
        ),
    ],
)
def test_malformed_files(tmp_path, pixels, change, match):
    path = write_coco(tmp_path / "a.json", {7: pixels})
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(LabelError, match=match) as error:
        read_coco(path)
    assert "a.json" in str(error.value)
