"""A reader of BVH written from the format's description checks what was written."""

import numpy as np
import pytest

from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.motion_files.bvh import write_bvh
from tests.motion_files.conftest import make_motion, moving_joints

AXES = {"X": (1, 0, 0), "Y": (0, 1, 0), "Z": (0, 0, 1)}


def rotation(axis, degrees):
    """Rodrigues' formula."""
    x, y, z = AXES[axis]
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


class Bvh:
    """Nodes as `(name, parent, offset, channels)`, and one row of values per frame."""

    def __init__(self, text):
        hierarchy, motion = text.split("MOTION\n")
        self.nodes, stack = [], []
        for line in hierarchy.splitlines()[1:]:
            words = line.split()
            if words[0] in ("ROOT", "JOINT", "End"):
                name = words[1] if words[0] != "End" else f"end of {stack[-1]}"
                self.nodes.append([name, stack[-1] if stack else None, None, []])
            elif words[0] == "{":
                stack.append(self.nodes[-1][0])
            elif words[0] == "}":
                stack.pop()
            elif words[0] == "OFFSET":
                self.nodes[-1][2] = np.array(words[1:], float)
            elif words[0] == "CHANNELS":
                assert int(words[1]) == len(words[2:])
                self.nodes[-1][3] = words[2:]
        assert stack == []
        lines = motion.splitlines()
        self.frames = int(lines[0].removeprefix("Frames: "))
        self.frame_time = float(lines[1].removeprefix("Frame Time: "))
        self.values = np.array([line.split() for line in lines[2:]], float)

    def positions(self, row):
        """dict from node to its place, by forward kinematics."""
        values, places, frames = list(row), {}, {None: (np.eye(3), np.zeros(3))}
        for name, parent, offset, channels in self.nodes:
            turn, place = frames[parent]
            place, own = place + turn @ offset, np.eye(3)
            for channel in channels:
                value = values.pop(0)
                if channel.endswith("position"):
                    place = place + value * np.array(AXES[channel[0]])
                else:
                    own = own @ rotation(channel[0], value)
            frames[name], places[name] = (turn @ own, place), place
        assert values == []
        return places


def joints_of(bvh):
    ends = {f"end of {name[:-3]}dip": name for name in JOINT_NAMES if "tip" in name}
    ends["end of thumb_ip"] = "thumb_tip"
    rows = []
    for row in bvh.values:
        places = {ends.get(name, name): p for name, p in bvh.positions(row).items()}
        rows.append([places[name] for name in JOINT_NAMES])
    return np.array(rows)


@pytest.mark.parametrize("seed", range(3))
def test_forward_kinematics_of_the_file_give_the_joints(tmp_path, seed):
    joints = moving_joints(15, seed, bend=1.5)
    path = tmp_path / "hand.bvh"
    write_bvh(path, make_motion(joints))
    bvh = Bvh(path.read_text())
    assert bvh.frames == len(bvh.values) == 15
    assert bvh.frame_time == pytest.approx(1 / 25)
    np.testing.assert_allclose(joints_of(bvh) * [1, -1, -1], joints, atol=1e-4)


def test_a_world_is_written_unchanged_and_gaps_hold_the_pose(tmp_path, joints):
    path = tmp_path / "hand.bvh"
    write_bvh(path, make_motion(joints, missing=(7, 8), reference="world"))
    found = joints_of(Bvh(path.read_text()))
    assert len(found) == 40
    np.testing.assert_allclose(found[7:9], np.repeat(joints[6:7], 2, 0), atol=1e-4)
    np.testing.assert_allclose(found[9:], joints[9:], atol=1e-4)


def test_angles_do_not_leap(tmp_path, joints):
    path = tmp_path / "hand.bvh"
    write_bvh(path, make_motion(joints))
    bvh = Bvh(path.read_text())
    assert np.abs(np.diff(bvh.values[:, 3:], axis=0)).max() < 180
