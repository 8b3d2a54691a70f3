"""A hand of constant bones that moves."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.geometry.skeleton import PARENTS
from hand_geo_keras.motion_files import HandMotion

LENGTHS = np.array([40, 45, 32, 25] + [85, 42, 26, 22] * 4, np.float64)


def moving_joints(count, seed=0, bend=0.9):
    """`[T, 21, 3]` mm: bones of constant length in directions that wander."""
    rng = np.random.default_rng(seed)
    rest = np.zeros((20, 3))
    for finger in range(5):
        angle = np.radians(-40 + 20 * finger)
        rest[4 * finger : 4 * finger + 4] = (np.sin(angle), np.cos(angle), 0)
    time = np.linspace(0, 2, count)[:, None, None]
    phase = rng.uniform(0, 6, (1, 20, 3))
    turns = Rotation.from_rotvec((bend * np.sin(3 * time + phase)).reshape(-1, 3))
    whole = Rotation.from_rotvec(time[:, 0] * [1.0, 2.5, -0.7])
    bones = turns.apply(np.tile(rest * LENGTHS[:, None], (count, 1)))
    joints = np.zeros((count, 21, 3))
    joints[:, 0] = [[60.0, -20, 500]] + 80 * np.sin(time[:, 0] + [0, 1, 2])
    for joint in range(1, 21):
        bone = whole.apply(bones.reshape(count, 20, 3)[:, joint - 1])
        joints[:, joint] = joints[:, PARENTS[joint]] + bone
    return joints


def make_motion(joints, fps=25.0, missing=(), **kwargs):
    frames = np.array([3 + n for n in range(len(joints)) if n not in missing])
    named = {"name": "hand0_right", "side": "right", "reference": "camera", **kwargs}
    return HandMotion(
        frames=frames, times=frames / fps, joints=joints[frames - 3], fps=fps, **named
    )


@pytest.fixture
def joints():
    return moving_joints(40)


@pytest.fixture
def motion(joints):
    return make_motion(joints)
