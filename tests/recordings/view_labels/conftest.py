"""A moving hand seen by three cameras, and label files of it."""

import json

import numpy as np
import pytest

from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from tests.recordings.conftest import make_camera, make_hand

FRAMES = (2, 5, 7)


@pytest.fixture
def three_cameras():
    return tuple(make_camera(f"c{i}", angle) for i, angle in enumerate((0, 0.6, -0.6)))


@pytest.fixture
def joints():
    """dict from frame to `[21, 3]` joints."""
    return {frame: make_hand(center=(5 * frame, 0, 0)).joints for frame in FRAMES}


@pytest.fixture
def labels(three_cameras, joints):
    return {
        camera.name: {frame: camera.project(joints[frame]) for frame in FRAMES}
        for camera in three_cameras
    }


def write_dlc(path, labels, likelihood=0.9, index="labeled-data/day1/img{:08d}.png"):
    """Writes pixels as DeepLabCut's label files, keypoints in alphabetical order."""
    names = sorted(JOINT_NAMES)
    header = [
        ["scorer", *["me"] * 3 * len(names)],
        ["bodyparts", *[name for name in names for _ in range(3)]],
        ["coords", *["x", "y", "likelihood"] * len(names)],
    ]
    rows = [
        [
            index.format(frame),
            *[
                value
                for name in names
                for value in (*pixels[JOINT_NAMES.index(name)], likelihood)
            ],
        ]
        for frame, pixels in labels.items()
    ]
    path.write_text("\n".join(",".join(map(str, row)) for row in header + rows) + "\n")
    return path


def write_coco(path, labels, names=JOINT_NAMES):
    """Writes pixels as COCO keypoints; NaN becomes v = 0."""
    seen = {frame: np.isfinite(pixels).all(-1) for frame, pixels in labels.items()}
    content = {
        "images": [
            {"id": 100 + frame, "file_name": f"img_{frame:05d}.jpg"} for frame in labels
        ],
        "annotations": [
            {
                "id": frame,
                "image_id": 100 + frame,
                "category_id": 1,
                "keypoints": np.c_[np.nan_to_num(pixels), 2 * seen[frame]]
                .ravel()
                .tolist(),
            }
            for frame, pixels in labels.items()
        ],
        "categories": [{"id": 1, "name": "hand", "keypoints": list(names)}],
    }
    path.write_text(json.dumps(content))
    return path
