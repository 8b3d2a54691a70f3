"""TRC, C3D and the table of joints, read by others than their writers."""

import csv

import numpy as np
import pytest

from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.motion_files.c3d import write_c3d
from hand_geo_keras.motion_files.joint_table import write_joint_table
from hand_geo_keras.motion_files.trc import write_trc
from tests.motion_files.conftest import make_motion

Y_UP = [1, -1, -1]


def test_trc(tmp_path, joints):
    path = tmp_path / "hand.trc"
    write_trc(path, make_motion(joints, missing=(5,)))
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    assert lines[0] == ["PathFileType", "4", "(X/Y/Z)", "hand.trc"]
    header = dict(zip(lines[1], lines[2]))
    assert header["NumFrames"] == "40" and header["NumMarkers"] == "21"
    assert header["Units"] == "mm" and float(header["DataRate"]) == 25
    assert lines[3][2::3] == list(JOINT_NAMES)
    assert lines[4][2:5] == ["X1", "Y1", "Z1"] and lines[4][-1] == "Z21"
    assert lines[5] == [""]
    rows = lines[6:]
    assert [row[0] for row in rows] == [str(n) for n in range(1, 41)]
    np.testing.assert_allclose(
        [float(row[1]) for row in rows], (3 + np.arange(40)) / 25, atol=1e-6
    )
    assert set(rows[5][2:]) == {""}
    del rows[5]
    values = np.array([row[2:] for row in rows], float).reshape(39, 21, 3)
    np.testing.assert_allclose(values * Y_UP, np.delete(joints, 5, 0), atol=1e-4)


def test_c3d(tmp_path, joints):
    ezc3d = pytest.importorskip("ezc3d")
    path = tmp_path / "hand.c3d"
    write_c3d(path, make_motion(joints, missing=(5,)))
    content = ezc3d.c3d(str(path))
    point = content["parameters"]["POINT"]
    assert point["LABELS"]["value"] == list(JOINT_NAMES)
    assert point["UNITS"]["value"] == ["mm"] and point["RATE"]["value"][0] == 25
    positions = content["data"]["points"][:3].transpose(2, 1, 0)
    assert positions.shape == (40, 21, 3) and np.isnan(positions[5]).all()
    seen = np.delete(np.arange(40), 5)
    np.testing.assert_allclose(positions[seen] * Y_UP, joints[seen], atol=1e-3)


def test_table_of_joints(tmp_path, joints):
    path = tmp_path / "hands.csv"
    left = make_motion(joints[:2], name="hand1_left", side="left", reference="wrist")
    write_joint_table(path, [make_motion(joints, missing=(5,)), left])
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == (39 + 2) * 21
    assert rows[-1]["joint"] == "little_tip" and rows[-1]["side"] == "left"
    assert {row["reference"] for row in rows} == {"camera", "wrist"}
    row = next(r for r in rows if r["frame"] == "9" and r["joint"] == "index_mcp")
    assert float(row["time_s"]) == pytest.approx(9 / 25)
    place = [float(row[f"{axis}_mm"]) for axis in "xyz"]
    np.testing.assert_allclose(place, joints[6, 5], atol=1e-3)
    assert not any(row["frame"] == "8" for row in rows)
