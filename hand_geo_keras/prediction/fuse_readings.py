"""One hand in the world from what several views read of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.skeleton import NUM_JOINTS, WRIST
from hand_geo_keras.prediction.fuse_views import fuse_views
from hand_geo_keras.prediction.hand_size import HandSize

# Chosen on hands before two webcams: joints in the image are wrong by this part of the
# width of their heatmaps, and monocular poses by so many mm per joint.
_ERROR_OF_SPREAD = 0.3
_POSE_STD_MM = 15.0
# How far the size of a hand may be from the model's, if nobody has measured it.
_SIZE_STD, _KNOWN_SIZE_STD = 0.2, 0.01
# Mean distance between what a view read and what all say, in sides of its box, above
# which it saw something else.
_MAX_DISAGREEMENT = 0.15
_PASSES = 3  # depths set the weights of rays, and rays the depths


def fuse_readings(
    cameras: Sequence[Camera], readings: Any, size: HandSize | None = None
) -> tuple[Any, ...]:
    """Finds the joints that fit all views best, and drops views that saw another hand.

    Weighted least squares, linear in the joints and one factor for the hand's size:
    every joint lies near the rays through its pixels, as near as its heatmap is sharp;
    and joints lie relative to each other as the fused monocular poses say, whose depths
    are the less needed the more views there are. One view gives a distance that is as
    right as the hand's size.

    Args:
        cameras: V `Camera` objects.
        readings: V `Reading` objects of one hand.
        size: `HandSize` of the person, or None.

    Returns:
        `(joints, used)`: `[21, 3]` float64 mm in the world frame, and a `[V]` bool
        array of the views used. `(None, used)` if no hand in front of the cameras fits,
        or if of the last two views neither fits the other.

    Raises:
        ValueError: If there is no view.

    Example:
        ```python
        joints, used = fuse_readings(rig.cameras, readings)
        ```
    """
    if not len(cameras) or len(cameras) != len(readings):
        raise ValueError(
            "Fusion needs one reading for each of at least one camera. Received: "
            f"{len(cameras)} cameras, {len(readings)} readings"
        )
    used = np.ones(len(cameras), bool)
    while True:
        some = [(cameras[view], readings[view]) for view in np.flatnonzero(used)]  # type: ignore[call-overload]
        joints = _fitted(*zip(*some), size)  # type: ignore[call-arg]
        if joints is None:
            return None, used
        errors = np.array([_disagreement(*view, joints) for view in some])
        if errors.max() <= _MAX_DISAGREEMENT:
            return joints, used
        if len(some) <= 2:
            return None, used
        used[np.flatnonzero(used)[errors.argmax()]] = False


def _fitted(cameras, readings, size):
    """`[21, 3]`, or None if that lies behind a camera."""
    to_world = np.stack([camera.R for camera in cameras])
    poses = np.stack([reading.joints for reading in readings])
    pose = fuse_views(poses, to_world)
    is_known = size is not None and size.is_known
    if is_known:
        pose = size.scaled(pose)
    centres = np.stack([camera.center for camera in cameras])[:, None]
    rays = np.stack([_rays(*view) for view in zip(cameras, readings)])
    across = np.eye(3) - rays[..., :, None] * rays[..., None, :]  # [V, 21, 3, 3]
    spread = np.stack([reading.spread for reading in readings])
    focal = [(camera.K[0, 0] + camera.K[1, 1]) / 2 for camera in cameras]
    angles = _ERROR_OF_SPREAD * np.maximum(spread, 0.5) / np.reshape(focal, (-1, 1))
    depths = np.full(spread.shape, 500.0)
    size_std = _KNOWN_SIZE_STD if is_known else _SIZE_STD
    for _ in range(_PASSES):
        weights = (angles * depths) ** -2
        joints = _solved(across * weights[..., None, None], centres, pose, size_std)
        depths = ((joints - centres) * rays).sum(-1)
        if not depths.min() > 0:
            return None
    return joints


def _solved(information, centres, pose, size_std):
    """The 21 joints and the size that minimise all squared errors."""
    count = 3 * NUM_JOINTS
    system, right = np.zeros((count + 1, count + 1)), np.zeros(count + 1)
    blocks = information.sum(0)  # [21, 3, 3]
    targets = (information @ centres[..., None])[..., 0].sum(0)
    for joint in range(NUM_JOINTS):
        at = slice(3 * joint, 3 * joint + 3)
        system[at, at] += blocks[joint]
        right[at] += targets[joint]
    # (joint - wrist) - size * pose, for each joint.
    relative = np.zeros((count, count + 1))
    relative[:, :count] = np.eye(count)
    relative[:, 3 * WRIST : 3 * WRIST + 3] -= np.tile(np.eye(3), (NUM_JOINTS, 1))
    relative[:, count] = -pose.ravel()
    system += relative.T @ relative / _POSE_STD_MM**2
    system[count, count] += size_std**-2
    right[count] += size_std**-2
    return np.linalg.solve(system, right)[:count].reshape(NUM_JOINTS, 3)


def _rays(camera, reading):
    """`[21, 3]` unit directions in the world through the joints' pixels."""
    ideal = camera.undistort(reading.pixels)
    rays = np.c_[ideal, np.ones(len(ideal))] @ np.linalg.inv(camera.K).T
    return rays / np.linalg.norm(rays, axis=1, keepdims=True) @ camera.R


def _disagreement(camera, reading, joints):
    distance = np.linalg.norm(camera.project(joints) - reading.pixels, axis=1)
    return distance.mean() / reading.region.box[2]
