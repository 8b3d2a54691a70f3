"""BVH, the text format of skeletons in motion."""

from pathlib import Path

import numpy as np

from hand_geo_keras.io import write_text
from hand_geo_keras.motion_files.hand_motion import HandMotion
from hand_geo_keras.motion_files.skeleton_motion import (
    fit_skeleton,
    node_names,
    rotations_of_nodes,
)

# Fingers flex about x, by right angles and more: it must not be the axis in between.
_ORDER = "XZY"
_ROTATIONS = " ".join(f"{axis}rotation" for axis in _ORDER)


def write_bvh(path: Path, motion: HandMotion) -> None:
    """Writes a hand as a skeleton that rotates.

    Lengths in millimetres (scale 0.001 on import into Blender), angles in degrees; y up
    (x right, z towards the camera) unless the frame is a rig's world, which is written
    unchanged. Bones have their median lengths, see `SkeletonMotion`. Frames are
    `1 / fps` s apart; those without the hand keep its last pose.

    Args:
        path: `pathlib.Path` of the file.
        motion: `HandMotion`.

    Raises:
        StorageError: If the file cannot be written.
    """
    motion = motion.at_constant_rate()
    skeleton = fit_skeleton(motion.y_up())
    lines = ["HIERARCHY", *_hierarchy(skeleton)]
    lines += ["MOTION", f"Frames: {len(motion.frames)}"]
    lines.append(f"Frame Time: {1 / motion.fps:.8f}")
    for values in _channels(skeleton):
        lines.append(" ".join(f"{value:.6f}" for value in values))
    write_text(path, "\n".join(lines) + "\n")


def _hierarchy(skeleton):
    nodes = node_names()
    children = {name: [] for name, *_ in nodes}
    for name, parent, joint in nodes[1:]:
        children[parent].append((name, joint))
    position = "Xposition Yposition Zposition"

    def block(name, joint, kind, channels):
        offset = np.zeros(3) if joint in (None, 0) else skeleton.offset(joint)
        numbers = " ".join(f"{value:.6f}" for value in offset)
        if not children[name]:
            return ["End Site", "{", f"\tOFFSET {numbers}", "}"]
        count = len(channels.split())
        inner = [f"OFFSET {numbers}", f"CHANNELS {count} {channels}"]
        for child, child_joint in children[name]:
            inner += block(child, child_joint, "JOINT", _ROTATIONS)
        return [f"{kind} {name}", "{", *("\t" + line for line in inner), "}"]

    return block(nodes[0][0], 0, "ROOT", f"{position} {_ROTATIONS}")


def _channels(skeleton):
    """`[T, channels]`: position of the wrist, then angles of all nodes in order."""
    rotations = rotations_of_nodes(skeleton)
    columns = [skeleton.positions]
    for name, *_ in node_names():
        if name in rotations:
            angles = rotations[name].as_euler(_ORDER, degrees=True)
            # No leaps by a whole turn, for programs that interpolate angles.
            columns.append(np.unwrap(angles, period=360, axis=0))
    return np.concatenate(columns, axis=1)
