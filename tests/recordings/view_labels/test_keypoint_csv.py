"""Tests of keypoint tables."""

import numpy as np
import pytest

from hand_geo_keras.errors import LabelError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.recordings.view_labels import LabelChoice, View, read_keypoint_csv
from tests.recordings.view_labels.conftest import write_dlc

PIXELS = {frame: np.arange(42.0).reshape(21, 2) + frame / 8 for frame in (3, 12, 100)}


def write_plain(path, labels, first=("frame",), extra=(), separator=",", name="{}_{}"):
    """A table with one header row; `first` and `extra` stand around the joints."""
    columns = [name.format(joint, axis) for joint in JOINT_NAMES for axis in "xy"]
    rows = [[*first, *columns, *extra]]
    for frame, pixels in labels.items():
        before = [frame if column in ("frame", "fnum") else 0.98 for column in first]
        after = [frame if column in ("frame", "fnum") else 0.98 for column in extra]
        rows.append([*before, *pixels.ravel(), *after])
    path.write_text("\n".join(separator.join(map(str, row)) for row in rows))
    return path


def assert_same(frames, expected=PIXELS):
    assert list(frames) == list(expected)
    for frame, pixels in expected.items():
        np.testing.assert_array_equal(frames[frame], pixels)


@pytest.mark.parametrize("index", ["labeled-data/day1/img{:08d}.png", "{}"])
def test_deeplabcut(tmp_path, index):
    labels = read_keypoint_csv(write_dlc(tmp_path / "a.csv", PIXELS, index=index))
    assert_same(labels.frames)
    assert (labels.read, dict(labels.dropped)) == (3, {})


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
    assert_same(read_keypoint_csv(path).frames)


@pytest.mark.parametrize(
    ("first", "extra"),
    [
        (("frame",), ()),
        (("frame", "score"), ()),
        (("score", "frame"), ()),
        ((), ("frame", "camera score")),
        ((), ("score", "fnum")),
    ],
)
def test_the_frame_column_wherever_it_stands(tmp_path, first, extra):
    path = write_plain(tmp_path / "a.csv", PIXELS, first, extra)
    assert_same(read_keypoint_csv(path).frames)


@pytest.mark.parametrize("name", ["{}.{}", "{} {}", "{}_{}", "{}({})"])
def test_other_names_of_columns(tmp_path, name):
    path = write_plain(tmp_path / "a.csv", PIXELS, name=name)
    assert_same(read_keypoint_csv(path).frames)


def test_coordinates_before_numbers(tmp_path):
    path = tmp_path / "a.csv"
    header = ["frame", *(f"{axis}{joint}" for joint in range(21) for axis in "xy")]
    path.write_text("\n".join([",".join(header), ",".join(["7", *["5.5"] * 42])]))
    np.testing.assert_array_equal(
        read_keypoint_csv(path).frames[7], np.full((21, 2), 5.5)
    )


def test_no_column_tells_the_frame(tmp_path):
    path = write_plain(tmp_path / "a.csv", PIXELS, first=())
    with pytest.raises(LabelError, match=r"a\.csv: no column tells the frame"):
        read_keypoint_csv(path)


def test_gaps(tmp_path):
    path = tmp_path / "a.csv"
    names = [name for name in JOINT_NAMES if name == "wrist" or "tip" in name]
    columns = [f"{name}_{axis}" for name in names for axis in "uv"]
    header, row = ["frame", *columns], ["4", "1.5", "9.5", "", "", *["7"] * 8]
    path.write_text("\n".join([",".join(header), ",".join(row), "", ""]))
    (pixels,) = read_keypoint_csv(path).frames.values()
    np.testing.assert_array_equal(pixels[0], [1.5, 9.5])
    assert np.isfinite(pixels).all(-1).sum() == 5


def test_unlikely_joints_count_as_not_seen(tmp_path):
    path = write_dlc(tmp_path / "a.csv", PIXELS, likelihood=0.3)
    labels = read_keypoint_csv(path)
    assert (labels.frames, labels.dropped["without a joint"]) == ({}, 3)
    assert_same(read_keypoint_csv(path, LabelChoice(min_likelihood=0.2)).frames)


def write_individuals(path, individuals):
    """DeepLabCut's table of several individuals, frame 3 of PIXELS moved per hand."""
    header = [["scorer"], ["individuals"], ["bodyparts"], ["coords"]]
    row = ["3"]
    for number, individual in enumerate(individuals):
        for joint, (x, y) in zip(JOINT_NAMES, PIXELS[3] + 100 * number):
            for line, cells in zip(header, ("me", individual, joint, "xy")):
                line += list(cells) if cells == "xy" else [cells, cells]
            row += [str(x), str(y)]
    path.write_text("\n".join(map(",".join, [*header, row])))
    return path


def test_individuals_are_chosen_by_side_or_name(tmp_path):
    path = write_individuals(tmp_path / "a.csv", ["left_hand", "right_hand"])
    for choice, move in ((LabelChoice(), 100), (LabelChoice(side="left"), 0)):
        frames = read_keypoint_csv(path, choice).frames
        np.testing.assert_array_equal(frames[3], PIXELS[3] + move)
    path = write_individuals(tmp_path / "b.csv", ["anna", "ben", "carl"])
    frames = read_keypoint_csv(path, LabelChoice(individual="ben")).frames
    np.testing.assert_array_equal(frames[3], PIXELS[3] + 100)
    for choice in (LabelChoice(), LabelChoice(individual="dora")):
        with pytest.raises(LabelError, match=r"\['anna', 'ben', 'carl'\]"):
            read_keypoint_csv(path, choice)


@pytest.mark.parametrize(
    ("column", "hands"), [("handedness", ("Left", "Right")), ("track", ("lh", "rh"))]
)
def test_hands_in_rows(tmp_path, column, hands):
    path = write_plain(tmp_path / "a.csv", {3: PIXELS[3]}, ("frame", column))
    header, row = path.read_text().split("\n")
    rows = [row.replace("0.98", hand, 1) for hand in hands]
    path.write_text("\n".join([header, *rows]))
    labels = read_keypoint_csv(path, LabelChoice(side="left"))
    assert (labels.read, labels.dropped["of another individual"]) == (2, 1)
    assert list(labels.frames) == [3]


def test_repeated_rows(tmp_path):
    path = write_dlc(tmp_path / "a.csv", PIXELS)
    lines = path.read_text().splitlines()
    empty = lines[3].split(",")[0] + "," * (lines[3].count(","))
    windows = empty.replace("/", "\\")
    path.write_text("\n".join([*lines, lines[4], windows]))
    labels = read_keypoint_csv(path)
    assert_same(labels.frames)
    assert labels.dropped == {"repeated, equal to another": 1, "without a joint": 1}
    other = lines[3].replace(",0.9", ",0.9", 1).replace("0.375", "9.0", 1)
    path.write_text("\n".join([*lines, other]))
    with pytest.raises(LabelError, match=r"row 7: labels frame 3 again.* than row 4"):
        read_keypoint_csv(path)


def test_frames_counted_from_one(tmp_path):
    path = write_plain(tmp_path / "a.csv", PIXELS)
    frames = read_keypoint_csv(path, LabelChoice(first_frame=1)).frames
    assert list(frames) == [2, 11, 99]
    with pytest.raises(LabelError, match="frames were said to begin at 5"):
        read_keypoint_csv(path, LabelChoice(first_frame=5))


def test_normalised_coordinates_are_named_and_can_be_scaled(tmp_path):
    small = {frame: pixels / [640, 480] for frame, pixels in PIXELS.items()}
    path = write_plain(tmp_path / "a.csv", small)
    with pytest.raises(LabelError, match=r"normalised.*--label_size=1x1"):
        read_keypoint_csv(path)
    view = View(resolution=(640, 480))
    frames = read_keypoint_csv(path, LabelChoice(label_size=(1, 1)), view).frames
    np.testing.assert_allclose(frames[12], PIXELS[12])


def test_labels_made_on_smaller_images(tmp_path):
    half = {frame: pixels / 2 for frame, pixels in PIXELS.items()}
    path, view = write_plain(tmp_path / "a.csv", half), View(resolution=(640, 480))
    frames = read_keypoint_csv(path, LabelChoice(label_size=(320, 240)), view).frames
    assert_same(frames)
    with pytest.raises(LabelError, match="400 x 400 pixels, another shape"):
        read_keypoint_csv(path, LabelChoice(label_size=(400, 400)), view)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_files_of_a_german_excel(tmp_path, encoding, separator):
    path = write_plain(tmp_path / "a.csv", PIXELS, separator=separator)
    header, *rows = path.read_text().split("\n")
    path.write_text("\n".join([header, *(r.replace(".", ",") for r in rows)]), encoding)
    assert_same(read_keypoint_csv(path).frames)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("coords", "places", "neither DeepLabCut's header rows"),
        (JOINT_NAMES[0], "noise", r"20 are understood.*\['noise'\]"),
        ("img00000012", "image", "every label needs"),
        (",0.9\n", "\n", "row 4 has 63 cells but the header 64"),
        (",0.9,", ",none of it,", "is not a number. Received: 'none of it'"),
        (",0.9,", ",inf,", "is no finite coordinate. Received: 'inf'"),
        (",0.9,", ",1e300,", "is no finite coordinate"),
        ("thumb_ip,thumb_ip", "thumb_mcp,thumb_mcp", "stands twice"),
    ],
)
def test_malformed_tables(tmp_path, old, new, match):
    path = write_dlc(tmp_path / "a.csv", PIXELS)
    count = -1 if old == JOINT_NAMES[0] else 1
    path.write_text(path.read_text().replace(old, new, count))
    with pytest.raises(LabelError, match=match) as error:
        read_keypoint_csv(path)
    assert "a.csv" in str(error.value)


def test_3d_points_are_no_pixels(tmp_path):
    path = tmp_path / "a.csv"
    columns = [f"{name}_{axis}" for name in JOINT_NAMES for axis in "xyz"]
    path.write_text(
        ",".join(["frame", *columns]) + "\n" + ",".join(["1"] + ["50.5"] * 63)
    )
    with pytest.raises(LabelError, match="holds 3D points"):
        read_keypoint_csv(path)


def test_absent_and_binary_files(tmp_path):
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x80")
    (tmp_path / "c.csv").write_bytes(bytes(range(256)))
    (tmp_path / "d.csv").write_bytes(b"")
    for name in ("a.csv", "b.csv", "c.csv", "d.csv"):
        with pytest.raises(LabelError, match=name):
            read_keypoint_csv(tmp_path / name)


def write_rows(path, header, rows):
    """A table of one header row; each row ends in the pixels of a frame."""
    joints = [f"{name}_{axis}" for name in JOINT_NAMES for axis in "xy"]
    lines = [[*header, *joints]]
    lines += [[*first, *PIXELS[frame].ravel()] for *first, frame in rows]
    path.write_text("\n".join(",".join(map(str, line)) for line in lines))
    return path


@pytest.mark.parametrize("column", ["video", "Camera", "file name"])
def test_rows_of_other_cameras_are_left_out(tmp_path, column):
    rows = [(f"{c}.MP4", f, f) for f in PIXELS for c in ("cam0", "cam1")]
    path = write_rows(tmp_path / "a.csv", [column, "frame"], rows)
    view = View(names=("cam1", "cam1.mp4"), other_names=("cam0", "cam0.mp4"))
    labels = read_keypoint_csv(path, view=view)
    assert_same(labels.frames)
    assert dict(labels.dropped) == {"of another folder or sequence": 3}
    with pytest.raises(LabelError, match="none of them bears the name"):
        read_keypoint_csv(path, view=View(names=("front",)))
    only = write_rows(tmp_path / "b.csv", [column, "frame"], rows[::2])
    with pytest.raises(LabelError, match="the name of another camera"):
        read_keypoint_csv(only, view=view)


def test_frames_beside_a_camera_are_whole(tmp_path):
    path = write_rows(tmp_path / "a.csv", ["camera", "frame"], [("a", 3.5, 3)])
    with pytest.raises(LabelError, match=r"whole number.*Received: '3\.5'"):
        read_keypoint_csv(path)


def test_frames_and_images_must_agree(tmp_path):
    header = ["frame", "image"]
    rows = [(f, f"img_{f:04d}.png", f) for f in PIXELS]
    assert_same(read_keypoint_csv(write_rows(tmp_path / "a.csv", header, rows)).frames)
    rows = [(i, f"img_{f:04d}.png", f) for i, f in enumerate(PIXELS)]
    with pytest.raises(LabelError, match=r"'img_0003\.png' has frame=0.* says 3"):
        read_keypoint_csv(write_rows(tmp_path / "b.csv", header, rows))


def test_columns_that_pandas_renamed_are_a_second_hand(tmp_path):
    path = write_plain(tmp_path / "a.csv", PIXELS)
    lines = [line.split(",") for line in path.read_text().splitlines()]
    lines[0] += [f"{name}.1" for name in lines[0][1:]]
    lines[1:] = [[*line, *line[1:]] for line in lines[1:]]
    path.write_text("\n".join(map(",".join, lines)))
    with pytest.raises(LabelError, match="'x' of 'wrist' stands twice"):
        read_keypoint_csv(path)


def test_percentages_are_no_likelihoods(tmp_path):
    path = write_dlc(tmp_path / "a.csv", PIXELS, likelihood=3)
    with pytest.raises(LabelError, match="divide percentages by 100"):
        read_keypoint_csv(path)


def test_columns_that_are_not_read_are_told(tmp_path):
    path = write_plain(tmp_path / "a.csv", PIXELS, extra=("time",))
    path.write_text(path.read_text().replace("thumb_tip_x", "thumb_tip_X(px)"))
    labels = read_keypoint_csv(path)
    assert labels.ignored == ("thumb_tip_X(px)", "time")
    assert labels.completed == ("no keypoint is thumb_tip",)
