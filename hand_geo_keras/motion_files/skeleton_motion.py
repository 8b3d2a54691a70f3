"""Joint positions as a skeleton of constant bones that rotate."""

import dataclasses
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.geometry.skeleton import FINGERS, JOINT_NAMES, NUM_JOINTS

_INDEX_MCP, _LITTLE_MCP, _KNUCKLES = 5, 17, (5, 9, 13, 17)
_BONES_PER_FINGER = 4


@dataclasses.dataclass(frozen=True, eq=False)
class SkeletonMotion:
    """A hand as a skeleton: bone lengths, a rest pose, and rotations over time.

    In the rest pose the hand is flat: knuckles above the wrist (y), the little finger
    to the right of the index finger (x), all bones of a finger in one line. The wrist
    has one rotation, that of the palm; every bone another one relative to the bone
    before, the shortest that aims it, so that bones never twist.

    Args:
        lengths: `[20]` lengths in mm of the bones that end in joints 1 to 20.
        directions: `[5, 3]` direction of each finger in the rest pose.
        positions: `[T, 3]` wrist in mm.
        palm: `T` rotations from the rest pose, `scipy.spatial.transform.Rotation`.
        bones: List of 20 `Rotation`s of T each: of the bones that end in joints 1 to
            20, relative to the palm or to the bone before.

    Example:
        ```python
        skeleton = fit_skeleton(joints)
        np.abs(skeleton.joints() - joints).max()  # 0 if bones have constant lengths
        ```
    """

    lengths: np.ndarray
    directions: np.ndarray
    positions: np.ndarray
    palm: Rotation
    bones: list

    def offset(self, joint: Any) -> np.ndarray:
        """`[3]` mm from a joint's parent to it in the rest pose, for joints 1 to 20."""
        finger = (joint - 1) // _BONES_PER_FINGER
        return self.lengths[joint - 1] * self.directions[finger]

    def joints(self) -> Any:
        """Forward kinematics: joints `[T, 21, 3]` in mm."""
        joints = np.empty((len(self.positions), NUM_JOINTS, 3))
        joints[:, 0] = self.positions
        for chain in FINGERS.values():
            rotation, place = self.palm, self.positions
            for joint in chain:
                rotation = rotation * self.bones[joint - 1]
                place = place + rotation.apply(self.offset(joint))
                joints[:, joint] = place
        return joints


def fit_skeleton(joints: np.ndarray) -> SkeletonMotion:
    """Fits a skeleton to joints: exactly, where bones have constant lengths.

    Args:
        joints: `[T, 21, 3]` joints in mm. Frames with NaN keep the pose of the last
            frame without; the first frame must have none.

    Returns:
        `SkeletonMotion` whose bones have the median lengths.

    Raises:
        ValueError: If the first frame has NaN.
    """
    joints = _held(np.asarray(joints, np.float64))
    palm = _palm_rotations(joints)
    directions, bones = [], []
    for chain in FINGERS.values():
        aims = _unit(np.diff(joints[:, (0, *chain)], axis=1))  # [T, 4, 3]
        rest = _unit(palm.inv().apply(aims[:, 0]).mean(0))
        directions.append(rest)
        rotation = palm
        for aim in aims.transpose(1, 0, 2):
            bones.append(_shortest_rotations(rest, rotation.inv().apply(aim)))
            rotation = rotation * bones[-1]
    lengths = np.median(bone_lengths(joints), axis=0)
    return SkeletonMotion(lengths, np.stack(directions), joints[:, 0], palm, bones)


def node_names() -> list[Any]:
    """Names of the skeleton's 26 nodes: each with that of its parent and a joint.

    The five metacarpal nodes lie in the wrist, since each turns a bone that begins
    there. A node rotates the bone from it to its child; tips rotate nothing.

    Returns:
        list of `(name, parent's name or None, joint or None)`: parents come first, and
        metacarpal nodes have no joint of their own.
    """
    nodes = [(JOINT_NAMES[0], None, 0)]
    for finger, chain in FINGERS.items():
        parent = f"{finger}_metacarpal"
        nodes.append((parent, JOINT_NAMES[0], None))  # type: ignore[arg-type]
        for joint in chain:
            nodes.append((JOINT_NAMES[joint], parent, joint))  # type: ignore[arg-type]
            parent = JOINT_NAMES[joint]
    return nodes


def rotations_of_nodes(skeleton: Any) -> dict[Any, Any]:
    """dict from a node's name to its T local rotations; tips are left out."""
    rotations = {JOINT_NAMES[0]: skeleton.palm}
    for finger, chain in FINGERS.items():
        names = (f"{finger}_metacarpal", *(JOINT_NAMES[joint] for joint in chain[:-1]))
        for name, joint in zip(names, chain):
            rotations[name] = skeleton.bones[joint - 1]
    return rotations


def _held(joints):
    """Replaces frames with NaN by the last one without."""
    known = np.isfinite(joints).all((1, 2))
    if not len(known) or not known[0]:
        raise ValueError("A skeleton needs all joints in its first frame.")
    last = np.maximum.accumulate(np.where(known, np.arange(len(known)), 0))
    return joints[last]


def _palm_rotations(joints):
    """T rotations from the rest pose's axes to the palm's."""
    up = _unit(joints[:, _KNUCKLES].mean(1) - joints[:, 0])
    across = joints[:, _LITTLE_MCP] - joints[:, _INDEX_MCP]
    across = across - (across * up).sum(-1, keepdims=True) * up
    degenerate = np.linalg.norm(across, axis=-1) < 1e-6
    across[degenerate] = _perpendicular(up[degenerate])
    across = _unit(across)
    axes = np.stack([across, up, np.cross(across, up)], axis=-1)
    return Rotation.from_matrix(axes)


def _shortest_rotations(start, ends):
    """Rotations that turn a unit vector `[3]` to unit vectors `[T, 3]`."""
    axes = np.cross(start, ends)
    sines = np.linalg.norm(axes, axis=-1)
    angles = np.arctan2(sines, ends @ start)
    opposite = (sines < 1e-12) & (angles > 1)
    axes[opposite] = _perpendicular(start[None])
    lengths = np.where(opposite, 1.0, np.maximum(sines, 1e-300))
    return Rotation.from_rotvec(axes * (angles / lengths)[:, None])


def _perpendicular(vectors):
    """A unit vector `[N, 3]` across each of `[N, 3]`."""
    smallest = np.eye(3)[np.abs(vectors).argmin(-1)]
    return _unit(np.cross(vectors, smallest))


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
