"""Tests of COCO keypoints."""

import json

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.recordings.view_labels import LabelChoice, View, read_coco
from tests.recordings.view_labels.conftest import write_coco


@pytest.fixture
def pixels():
    pixels = np.arange(42.0).reshape(21, 2)
    pixels[4] = np.nan
    return pixels


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


def test_keypoints(tmp_path, pixels):
    labels = read_coco(write_coco(tmp_path / "a.json", {7: pixels, 9: pixels + 1}))
    np.testing.assert_array_equal(labels.frames[7], pixels)
    np.testing.assert_array_equal(labels.frames[9], pixels + 1)
    assert (labels.read, dict(labels.dropped)) == (2, {})


def test_keypoints_in_another_order(tmp_path, pixels):
    path = write_coco(tmp_path / "a.json", {7: pixels}, JOINT_NAMES[::-1])
    np.testing.assert_array_equal(read_coco(path).frames[7], pixels[::-1])


def test_images_with_several_hands_are_ambiguous(tmp_path, pixels):
    path = write_coco(tmp_path / "a.json", {7: pixels, 8: pixels})

    def add(content):
        first = content["annotations"][0]
        keypoints = [value + 1 for value in first["keypoints"]]
        content["annotations"].append(first | {"id": 99, "keypoints": keypoints})

    labels = read_coco(edit(path, add))
    assert list(labels.frames) == [8]
    assert labels.dropped == {"several hands in one image": 2}


def test_equal_annotations_are_one(tmp_path, pixels):
    path = write_coco(tmp_path / "a.json", {7: pixels, 8: pixels})
    edit(path, lambda c: c["annotations"].append(c["annotations"][0] | {"id": 99}))
    labels = read_coco(path)
    assert sorted(labels.frames) == [7, 8]
    assert labels.dropped == {"repeated, equal to another": 1}


def two_hands(path, pixels, **fields):
    """A left and a right hand in every image, told apart by a field of annotations."""
    write_coco(path, {7: pixels, 8: pixels})

    def change(content):
        names = list(JOINT_NAMES)
        content["categories"] = [
            {"id": number, "name": name, "keypoints": names}
            for number, name in enumerate(("left_hand", "right_hand", "hand"), 1)
        ]
        single = content["annotations"]
        content["annotations"] = [
            entry
            | {"id": 2 * entry["id"] + number}
            | {key: values[number] for key, values in fields.items()}
            | {"keypoints": [value + 100 * number for value in entry["keypoints"]]}
            for entry in single
            for number in (0, 1)
        ]

    return edit(path, change)


@pytest.mark.parametrize(
    "fields",
    [
        {"category_id": (1, 2)},
        {"category_id": (3, 3), "handedness": ("left", "Right")},
        {"category_id": (3, 3), "attributes": ({"side": "l"}, {"side": "r"})},
    ],
)
def test_the_hand_of_the_side(tmp_path, pixels, fields):
    path = two_hands(tmp_path / "a.json", pixels, **fields)
    for side, move in (("left", 0), ("right", 100)):
        labels = read_coco(path, LabelChoice(side=side))
        np.testing.assert_array_equal(labels.frames[7][:4], pixels[:4] + move)
        assert (labels.read, labels.dropped["of another hand"]) == (4, 2)


def test_hands_without_a_side_beside_others_are_told(tmp_path, pixels):
    path = two_hands(
        tmp_path / "a.json", pixels, category_id=(3, 3), side=("right", None)
    )
    labels = read_coco(path)
    assert dict(labels.dropped) == {"of a hand whose side is not told": 2}


def test_hands_that_only_a_track_tells_apart(tmp_path, pixels):
    fields = {"category_id": (3, 3), "track_id": (5, 6)}
    path = two_hands(tmp_path / "a.json", pixels, **fields)
    labels = read_coco(path, LabelChoice(individual="6"))
    np.testing.assert_array_equal(labels.frames[7][:4], pixels[:4] + 100)
    assert read_coco(path).dropped == {"several hands in one image": 4}


def test_categories_that_do_not_tell_the_side_are_named(tmp_path, pixels):
    path = two_hands(tmp_path / "a.json", pixels, category_id=(1, 2))

    def rename(content):
        for category, name in zip(content["categories"], ("anna", "ben", "hand")):
            category["name"] = name

    with pytest.raises(LabelError, match=r"\['anna', 'ben'\].*--individual"):
        read_coco(edit(path, rename))
    assert len(read_coco(path, LabelChoice(individual="ben")).frames) == 2


def test_the_other_side_only(tmp_path, pixels):
    path = two_hands(tmp_path / "a.json", pixels, category_id=(1, 1))
    with pytest.raises(LabelError, match="choose side='left'"):
        read_coco(path)


def test_labels_on_smaller_images_are_scaled(tmp_path, pixels):
    path = write_coco(tmp_path / "a.json", {7: pixels / 2})
    edit(path, lambda c: c["images"][0].update(width=320, height=240))
    frames = read_coco(path, None, View(resolution=(640, 480))).frames
    np.testing.assert_array_equal(frames[7], pixels)
    with pytest.raises(LabelError, match="320 x 240 pixels, another shape"):
        read_coco(path, None, View(resolution=(640, 640)))


@pytest.mark.parametrize("field", ["frame_id", "frame_number"])
def test_frames_that_images_state(tmp_path, pixels, field):
    path = write_coco(tmp_path / "a.json", {7: pixels, 9: pixels})

    def state(content):
        for number, image in enumerate(content["images"]):
            image |= {field: 20 + number, "file_name": f"{'ab'[number]}.png"}

    assert list(read_coco(edit(path, state)).frames) == [20, 21]
    edit(path, lambda c: c["images"][0].update(file_name="img_3.png"))
    assert list(read_coco(path).frames) == [20, 21]
    edit(path, lambda c: c["images"][1].update(file_name="img_4.png"))
    with pytest.raises(LabelError, match="=20, but its name says 3"):
        read_coco(path)


def test_roboflow_keeps_the_name_in_extra(tmp_path, pixels):
    path = write_coco(tmp_path / "a.json", {7: pixels, 9: pixels})

    def export(content):
        for number, image in zip((4, 5), content["images"]):
            image["file_name"] = (
                f"clip-{number}_mp4-{number * 7}_jpg.rf.9{number}ab.jpg"
            )
            image["extra"] = {"name": f"frame_{number:04d}.png"}

    assert list(read_coco(edit(path, export)).frames) == [4, 5]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"images": {}}, "field 'images' must be a list"),
        ({"categories": [{"id": 1, "name": "x"}]}, None),
        ({"images": []}, "entry 0 of 'annotations': its image"),
        ({"images": [{"id": 107}]}, "needs a 'file_name'"),
        ({"images": [{"id": [1]}]}, "needs its own 'id'"),
        ({"images": [{"id": 1}, {"id": 1}]}, "needs its own 'id'"),
        ({"annotations": []}, "none of its annotations"),
        ({"annotations": [{"image_id": {}, "keypoints": [1]}]}, "its image is not"),
        (
            {"annotations": [{"image_id": 107, "category_id": 1, "keypoints": [1, 2]}]},
            r"field 'keypoints' must be \[x, y, v\]",
        ),
        (
            {"annotations": [{"image_id": 107, "category_id": 5, "keypoints": [1]}]},
            "is not among 'categories'",
        ),
    ],
)
def test_malformed_files(tmp_path, pixels, change, match):
    path = write_coco(tmp_path / "a.json", {7: pixels})
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    if match is None:  # 21 keypoints without names are in OpenPose order
        np.testing.assert_array_equal(read_coco(path).frames[7], pixels)
        return
    with pytest.raises(LabelError, match=match) as error:
        read_coco(path)
    assert "a.json" in str(error.value)


def test_categories_without_names(tmp_path, pixels):
    path = write_coco(tmp_path / "a.json", {7: pixels})

    def shorten(content):
        del content["categories"][0]["keypoints"]
        content["annotations"][0]["keypoints"] = [1, 2, 2] * 20

    with pytest.raises(LabelError, match="does not list its 'keypoints'"):
        read_coco(edit(path, shorten))
