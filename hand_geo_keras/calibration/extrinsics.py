"""Places of all cameras, chained from pairs that see the board together."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.calibration.board_pose import mean_pose, relative_pose
from hand_geo_keras.calibration.camera_tree import spanning_tree
from hand_geo_keras.calibration.frame_offsets import all_pairs, not_connected
from hand_geo_keras.geometry.cameras import Camera


def chain_cameras(cameras: Sequence[Camera], poses: Any) -> list[Camera]:
    """Places cameras in the frame of the first one.

    Args:
        cameras: list of `Camera`; their places are not used.
        poses: List of one dict per camera from instant to `BoardPose`.

    Returns:
        list of `Camera`, the first one at the origin.

    Raises:
        CalibrationError: If no chain of cameras that see the board together reaches
            all.
    """
    shared = {}
    for a, b in all_pairs(len(cameras)):
        common = sorted(poses[a].keys() & poses[b].keys())
        if common:
            shared[a, b] = common
    edges, groups = spanning_tree(
        len(cameras), {pair: len(common) for pair, common in shared.items()}
    )
    if len(groups) > 1:
        raise not_connected([camera.name for camera in cameras], groups)
    placed = {0: (np.eye(3), np.zeros(3))}
    for known, new in edges:
        common = shared[min(known, new), max(known, new)]
        steps = [relative_pose(poses[known][i], poses[new][i]) for i in common]
        R, t = mean_pose(*map(np.array, zip(*steps)))
        known_R, known_t = placed[known]
        placed[new] = R @ known_R, R @ known_t + t
    return [
        dataclasses.replace(camera, R=placed[index][0], t=placed[index][1])
        for index, camera in enumerate(cameras)
    ]


def place_boards(
    cameras: Sequence[Camera], poses: Any, instants: Any
) -> tuple[Any, ...]:
    """Board poses in the world, each from the camera that sees it best.

    Args:
        cameras: list of placed `Camera`.
        poses: List of one dict per camera from instant to `BoardPose`.
        instants: Instants, each seen by a camera.

    Returns:
        `(R [M, 3, 3], t [M, 3])`, board to world, in mm.
    """
    R, t = [], []
    for instant in instants:
        camera, pose = min(
            (
                (camera, known[instant])
                for camera, known in zip(cameras, poses)
                if instant in known
            ),
            key=lambda entry: entry[1].error_px,
        )
        R.append(camera.R.T @ pose.R)
        t.append(camera.R.T @ (pose.t - camera.t))
    return np.array(R), np.array(t)
