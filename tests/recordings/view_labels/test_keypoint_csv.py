"""Tests of keypoint tables."""

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.recordings.view_labels import read_keypoint_csv
from tests.recordings.view_labels.conftest import write_dlc

PIXELS = {frame: np.arange(42.0).reshape(21, 2) + frame / 8 for frame in (3, 12, 100)}


@pytest.mark.parametrize("index", ["labeled-data/day1/img{:08d}.png", "{}"])
def test_deeplabcut(tmp_path, index):
    labels = read_keypoint_csv(write_dlc(tmp_path / "a.csv", PIXELS, index=index))
    assert list(labels) == [3, 12, 100]
    for frame, pixels in PIXELS.items():
        np.testing.assert_array_equal(labels[frame], pixels)


def test_three_index_columns(tmp_path):
    path = write_dlc(
        tmp_path / "a.csv", PIXELS, index="labeled-data,day1,img{:03d}.png"
    )
    lines = path.read_text().splitlines()
    # Newer DeepLabCut splits the path into three columns.
    for number in range(3):
        word, _, rest = lines[number].partition(",")
        lines[number] = f"{word},,,{rest}"
    path.write_text("\n".join(lines))
    np.testing.assert_array_equal(read_keypoint_csv(path)[12], PIXELS[12])


def test_plain_columns_with_gaps(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("frame,wrist_x,wrist_y,index_tip_u,index_tip_v\n4,1.5,2.5,,\n\n")
    (pixels,) = read_keypoint_csv(path).values()
    np.testing.assert_array_equal(pixels[0], [1.5, 2.5])
    assert np.isnan(pixels[1:]).all()


def test_unlikely_joints_count_as_not_seen(tmp_path):
    path = write_dlc(tmp_path / "a.csv", PIXELS, likelihood=0.3)
    assert np.isnan(read_keypoint_csv(path)[3]).all()
    np.testing.assert_array_equal(read_keypoint_csv(path, 0.2)[3], PIXELS[3])


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("coords", "places", "neither DeepLabCut's header rows"),
        (JOINT_NAMES[0], "nose", None),
        ("img00000012", "picture", "row 5: every row needs"),
        (",0.9\n", "\n", "row 4 has 63 cells but the header 64"),
        (",0.9,", ",none,", "is not a number. Received: 'none'"),
    ],
)
def test_malformed_tables(tmp_path, old, new, match):
    path = write_dlc(tmp_path / "a.csv", PIXELS)
    path.write_text(path.read_text().replace(old, new, 1 if match else -1))
    if match is None:  # only the wrist is lost
        assert np.isnan(read_keypoint_csv(path)[3]).any(-1).sum() == 1
        return
    with pytest.raises(LabelError, match=match) as error:
        read_keypoint_csv(path)
    assert "a.csv" in str(error.value)


def test_absent_and_binary_files(tmp_path):
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x80")
    for name in ("a.csv", "b.csv"):
        with pytest.raises(LabelError, match=name):
            read_keypoint_csv(tmp_path / name)
