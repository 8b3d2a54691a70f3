"""Tiny recordings, written to a temporary folder: 64 x 48 pixels, a dozen frames."""

import json

import cv2
import numpy as np
import pytest

from hand_geo_keras.geometry import Camera
from hand_geo_keras.recordings import Hand, write_rig

SIZE = (64, 48)
NUM_FRAMES = 12


def write_video(path, num_frames=NUM_FRAMES, size=SIZE, first=0):
    """Writes frames whose grey value is ten times their index, up to 25."""
    path.parent.mkdir(parents=True, exist_ok=True)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 30, size)
    for index in range(num_frames):
        video.write(np.full((size[1], size[0], 3), first + 10 * index, np.uint8))
    video.release()


def damage_frame(path, index):
    """Overwrites the data of one frame of an mp4 file with zeros."""
    data = bytearray(path.read_bytes())

    def number(box, offset):
        start = data.find(box) + offset
        return int.from_bytes(data[start : start + 4], "big")

    # A box of sample sizes holds either one common size or a table of sizes.
    common_size = number(b"stsz", 8)
    sizes = [common_size or number(b"stsz", 16 + 4 * i) for i in range(index + 1)]
    first_byte = number(b"stco", 12) + sum(sizes[:index])
    data[first_byte : first_byte + sizes[index]] = bytes(sizes[index])
    path.write_bytes(data)


def edit_json(path, **changes):
    """Replaces top-level fields of a JSON file; None removes the field."""
    content = json.loads(path.read_text()) | changes
    content = {key: value for key, value in content.items() if value is not None}
    path.write_text(json.dumps(content))


def make_camera(name, angle):
    """A camera half a metre from the world's origin, rotated about the y axis."""
    rotation, _ = cv2.Rodrigues(np.array([0.0, angle, 0.0]))
    K = np.array([[80.0, 0, 32], [0, 80, 24], [0, 0, 1]])
    return Camera(name, K, np.zeros(5), rotation, np.array([0, 0, 500.0]), SIZE)


# Knuckle and bone lengths in mm of a small right hand that shows its palm to -z.
_FINGERS = (
    ((17, 24, -5), (29, 23, 18), (0.75, -0.6)),
    ((15, -16, 0), (27, 17, 14), (0.05, -1)),
    ((0, -20, 0), (30, 19, 15), (0, -1)),
    ((-13, -15, 0), (28, 17, 15), (-0.05, -1)),
    ((-25, -8, 0), (22, 13, 13), (-0.1, -1)),
)


def hand_joints(bend=0.35, side="right"):
    """`[21, 3]` joints in mm of a hand whose fingers bend by so much per joint.

    The wrist is at (0, 40, 0), the middle knuckle at (0, -20, 0); a left hand is
    mirrored.
    """
    joints = [(0, 40, 0)]
    for knuckle, lengths, (x, y) in _FINGERS:
        point = np.array(knuckle, float)
        joints.append(point)
        for number, length in enumerate(lengths, 1):
            angle = number * bend
            direction = (x * np.cos(angle), y * np.cos(angle), -np.sin(angle))
            point = point + length * np.array(direction) / np.linalg.norm(direction)
            joints.append(point)
    return np.array(joints, float) * ([-1, 1, 1] if side == "left" else 1)


def make_hand(side="right", center=(0, 0, 0), subject="anna", id=0, bend=0.35):
    """The hand of `hand_joints` around a centre in mm."""
    joints = hand_joints(bend, side)
    ones = np.ones(21, np.float32)
    return Hand(side, subject, joints + center, ones > 0, ones, 0 * ones, id)


@pytest.fixture
def cameras():
    return make_camera("front", 0.0), make_camera("side", 0.6)


@pytest.fixture
def rig_dir(tmp_path, cameras):
    """A rig of two cameras with a right hand in frames 2 to 9."""
    folder = tmp_path / "rig"
    videos = {camera.name: f"{camera.name}.mp4" for camera in cameras}
    for video in videos.values():
        write_video(folder / video)
    hands = {frame: [make_hand()] for frame in range(2, 10)}
    write_rig(folder, cameras, videos, fps=30, hands=hands)
    return folder


def panoptic_hand(side="right", **changes):
    """One hand of a handRecon3D file, 5 cm in front of the world's origin."""
    hand = {
        "landmarks": [0.5, 1.0, -5.0] * 21,
        "averageScore": [0.75] * 21,
        "averageReproError": [2.5] * 21,
        "validity": [1] * 21,
        "visibility": [[0, 1]] * 21,
    }
    return {f"{side}_hand": hand | changes}


def write_people(tree, frame, *people, folder="hdHand3d"):
    """Writes one handRecon3D file."""
    path = tree / folder / f"handRecon3D_hd{frame:08d}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 0.5, "people": list(people)}))
    return path


def write_tree(tree, cameras):
    """Writes a Panoptic tree of two HD cameras, labelled from frame 3 on with a gap."""
    entries = [
        {
            "name": name,
            "type": "hd",
            "resolution": list(SIZE),
            "panel": 0,
            "node": node,
            "K": camera.K.tolist(),
            "distCoef": camera.distortion.tolist(),
            "R": camera.R.tolist(),
            "t": (camera.t[:, None] / 10).tolist(),
        }
        for node, (name, camera) in enumerate(zip(("00_00", "00_01"), cameras))
    ]
    entries.append(entries[0] | {"name": "01_01", "type": "vga", "panel": 1})
    for name in ("00_00", "00_01"):
        write_video(tree / "hdVideos" / f"hd_{name}.mp4")
    calibration = {"calibDataSource": "test", "cameras": entries}
    path = tree / f"calibration_{tree.name}.json"
    path.write_text(json.dumps(calibration))
    for frame in (3, 4, 8):
        write_people(tree, frame, {"id": 2} | panoptic_hand("right"))
    return tree


@pytest.fixture
def panoptic_dir(tmp_path, cameras):
    """The tree of `write_tree`."""
    return write_tree(tmp_path / "171026_tiny", cameras)
