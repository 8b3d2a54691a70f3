"""Every reader of users' files reads a damaged file or raises its typed error.

Bytes are changed, cut out and inserted in files of every format; a value that a reader
returns must be finite and of the promised shape.
"""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hand_geo_keras.errors import HandGeoError
from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.prediction import open_boxes
from hand_geo_keras.recordings import open_recording
from hand_geo_keras.recordings.calibration_files import (
    read_calibration,
    write_anipose_toml,
    write_opencv_stereo,
    write_rig_json,
)
from hand_geo_keras.recordings.rig_labels import read_hands3d
from hand_geo_keras.recordings.view_labels import (
    LabelChoice,
    read_anipose_3d,
    read_coco,
    read_keypoint_csv,
)
from hand_geo_keras.recordings.write_rig import write_hands3d
from tests.recordings.calibration_files.test_calibration_formats import (
    kalibr,
    write_easymocap,
)
from tests.recordings.conftest import make_camera, make_hand, write_video
from tests.recordings.view_labels.conftest import write_coco, write_dlc
from tests.recordings.view_labels.test_import_labels import anipose_table

CAMERAS = [make_camera("front", 0.0), make_camera("side", 0.6)]
PIXELS = {frame: CAMERAS[0].project(make_hand().joints) for frame in (3, 4, 12)}
# Text that readers trip over when it stands where something else is expected.
INSERTS = (
    *(b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"nan", b"Infinity", b"1e999", b"-1"),
    *(b"9" * 400, b"null", b"true", b'"x"', b"[", b"]", b"{", b"}", b"[" * 3000),
    *(b",", b";", b"\n", b"\r", b'"', b":", b"- ", b"!!", b"&a ", b"*a", b"<", b"&x;"),
)
DAMAGES = st.lists(
    st.tuples(
        st.floats(0, 1), st.integers(0, 60), st.sampled_from(INSERTS) | st.binary()
    ),
    min_size=1,
    max_size=3,
)
bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def damage(data, damages):
    """Replaces some bytes at some places."""
    for place, length, insert in damages:
        start = int(place * len(data))
        data = data[:start] + insert + data[start + length :]
    return data


def write_plain_csv(path):
    columns = [f"{name}_{axis}" for name in JOINT_NAMES for axis in "xy"]
    rows = [[frame, *pixels.ravel()] for frame, pixels in PIXELS.items()]
    lines = [["frame", *columns], *rows]
    path.write_text("\n".join(";".join(map(str, line)) for line in lines))


def check_views(labels):
    for frame, pixels in labels.frames.items():
        assert isinstance(frame, int) and frame >= 0
        assert pixels.shape == (21, 2) and not np.isinf(pixels).any()


def check_hands(hands):
    for frame, of_frame in hands.items():
        assert isinstance(frame, int) and frame >= 0
        for hand in of_frame:
            assert hand.joints.shape == (21, 3)
            assert np.isfinite(hand.joints[hand.valid]).all()


def check_cameras(cameras):
    for camera in cameras:
        assert np.isfinite(camera.K).all() and np.isfinite(camera.t).all()


def read_calibration_in_mm(path):
    return read_calibration(path, "mm", (640, 480))


def check_boxes(find):
    box = find("a.png", 3)
    assert box is None or (np.isfinite(box).all() and box[2] > 0)


CASES = {
    "deeplabcut.csv": (lambda p: write_dlc(p, PIXELS), read_keypoint_csv, check_views),
    "plain.csv": (write_plain_csv, read_keypoint_csv, check_views),
    "coco.json": (lambda p: write_coco(p, PIXELS), read_coco, check_views),
    "anipose_3d.csv": (
        lambda p: p.write_text(anipose_table(make_hand().joints)),
        lambda p: read_anipose_3d(p, 1.0, "me", LabelChoice())[0],
        check_hands,
    ),
    "hands3d.json": (
        lambda p: write_hands3d(p, {3: [make_hand()], 5: [make_hand()]}),
        lambda p: read_hands3d(p, "me"),
        check_hands,
    ),
    "rig.json": (
        lambda p: write_rig_json(p, CAMERAS),
        read_calibration_in_mm,
        check_cameras,
    ),
    "anipose.toml": (
        lambda p: write_anipose_toml(p, CAMERAS),
        read_calibration_in_mm,
        check_cameras,
    ),
    "stereo.yml": (
        lambda p: write_opencv_stereo(p, CAMERAS),
        read_calibration_in_mm,
        check_cameras,
    ),
    "stereo.xml": (
        lambda p: write_opencv_stereo(p, CAMERAS),
        read_calibration_in_mm,
        check_cameras,
    ),
    "kalibr.yaml": (
        lambda p: p.write_text(kalibr(CAMERAS)),
        read_calibration_in_mm,
        check_cameras,
    ),
    "intri.yml": (
        lambda p: write_easymocap(p.parent, CAMERAS),
        read_calibration_in_mm,
        check_cameras,
    ),
    "boxes.json": (
        lambda p: p.write_text(json.dumps({"a": {"frames": {"3": [1, 2, 3]}}})),
        open_boxes,
        check_boxes,
    ),
    "boxes.csv": (
        lambda p: p.write_text("frame,cx,cy,side\n3,1,2,3\n4,1,2,3\n"),
        open_boxes,
        check_boxes,
    ),
}


@pytest.mark.parametrize("name", CASES)
@bounded
@given(damages=DAMAGES)
def test_a_damaged_text_file_is_read_or_named(tmp_path, name, damages):
    write, read, check = CASES[name]
    path = tmp_path / name
    write(path)
    path.write_bytes(damage(path.read_bytes(), damages))
    try:
        value = read(path)
    except (HandGeoError, ValueError) as error:
        assert isinstance(error, HandGeoError) or name.startswith("boxes"), repr(error)
        assert str(error)
    else:
        check(value)


@settings(bounded, max_examples=25)
@given(damages=DAMAGES, fraction=st.floats(0.02, 1))
def test_a_damaged_video_is_read_or_named(tmp_path, damages, fraction):
    path = tmp_path / "rig" / "front.mp4"
    write_video(path)
    write_video(path.with_name("side.mp4"))
    write_rig_json(path.with_name("calibration.json"), CAMERAS, fps=30)
    data = damage(path.read_bytes(), damages)
    path.write_bytes(data[: int(fraction * len(data))])
    try:
        recording = open_recording(path.parent)
    except HandGeoError as error:
        assert str(path.parent) in str(error)
    else:
        frames = list(recording.frames("front"))
        assert len(frames) == recording.num_frames <= 12
        assert all(f is None or f.shape == (48, 64, 3) for _, f in frames)


def test_the_undamaged_files_are_read(tmp_path):
    for name, (write, read, check) in CASES.items():
        write(tmp_path / name)
        value = read(tmp_path / name)
        check(value)
        if check is check_cameras:
            assert len(value) == 2, name
