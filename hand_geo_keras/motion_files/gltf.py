"""glTF 2.0 as one binary file: a skinned skeleton in motion, opened by Blender."""

import json
import struct
from pathlib import Path

import numpy as np

from hand_geo_keras._version import __version__
from hand_geo_keras.geometry.skeleton import JOINT_COLORS, JOINT_NAMES, PARENTS
from hand_geo_keras.io import write_bytes
from hand_geo_keras.motion_files.hand_motion import HandMotion
from hand_geo_keras.motion_files.skeleton_motion import (
    fit_skeleton,
    node_names,
    rotations_of_nodes,
)

_METRES = 1e-3
_MAGIC, _VERSION, _JSON, _BINARY = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
_FLOAT, _UNSIGNED_BYTE, _UNSIGNED_SHORT = 5126, 5121, 5123
_TYPES = {"f": _FLOAT, "B": _UNSIGNED_BYTE, "H": _UNSIGNED_SHORT}
_SHAPES = {(): "SCALAR", (3,): "VEC3", (4,): "VEC4", (16,): "MAT4"}
# Of the two pyramids that show a bone: their common base, in lengths of the bone.
_WAIST, _RADIUS = 0.15, 0.1
_FACES = np.array(
    [[0, 2, 1], [0, 3, 2], [0, 4, 3], [0, 1, 4]]
    + [[5, 1, 2], [5, 2, 3], [5, 3, 4], [5, 4, 1]]
)


def write_gltf(path: Path, motion: HandMotion) -> None:
    """Writes a hand as an animated skeleton with a simple mesh around its bones.

    As glTF demands: metres and y up (x right, z towards the camera), except that the
    axes of a rig's world are written unchanged. Bones have their median lengths, see
    `SkeletonMotion`. Key frames carry the video's time stamps, the first one 0;
    programs interpolate across frames without the hand.

    Args:
        path: `pathlib.Path` of the file, `.glb`.
        motion: `HandMotion`.

    Raises:
        StorageError: If the file cannot be written.

    Reference:
        Khronos Group, glTF 2.0 specification.
    """
    skeleton = fit_skeleton(motion.y_up())
    nodes, binary = _nodes(skeleton), _Binary()
    count = len(nodes)
    mesh = {"name": motion.name, "mesh": 0, "skin": 0}
    content = {
        "asset": {"version": "2.0", "generator": f"hand_geo_keras {__version__}"},
        "scene": 0,
        "scenes": [{"nodes": [0, count]}],
        "nodes": [*nodes, mesh],
        "meshes": [{"primitives": [_primitive(skeleton, binary)]}],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0}}],
        "skins": [_skin(skeleton, binary)],
        "animations": [_animation(skeleton, motion, binary)],
    }
    write_bytes(path, _container(content | binary.described(), binary.content))


class _Binary:
    """Arrays one after the other, and what the file says of them."""

    def __init__(self) -> None:
        self.content, self._views, self._accessors = b"", [], []

    def add(self, array, code, extremes=False, target=None):
        """Appends `[N, ...]` numbers of a kind (`"f"`, `"B"`, `"H"`); its number."""
        array = np.ascontiguousarray(array, np.dtype(code).newbyteorder("<"))
        view = {"buffer": 0, "byteOffset": len(self.content)}
        view["byteLength"] = array.nbytes
        if target is not None:
            view["target"] = target
        self.content += array.tobytes() + b"\0" * (-array.nbytes % 4)
        accessor = {
            "bufferView": len(self._views),
            "componentType": _TYPES[code],
            "count": len(array),
            "type": _SHAPES[array.shape[1:]],
        }
        if extremes:
            accessor["min"] = np.atleast_1d(array.min(0)).tolist()
            accessor["max"] = np.atleast_1d(array.max(0)).tolist()
        self._views.append(view)
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def described(self):
        return {
            "buffers": [{"byteLength": len(self.content)}],
            "bufferViews": self._views,
            "accessors": self._accessors,
        }


def _nodes(skeleton):
    """The skeleton's nodes in the rest pose, the wrist first."""
    places = {name: number for number, (name, *_) in enumerate(node_names())}
    nodes = []
    for name, parent, joint in node_names():
        node = {"name": name}
        if joint:
            node["translation"] = (skeleton.offset(joint) * _METRES).tolist()
        nodes.append(node)
        if parent is not None:
            nodes[places[parent]].setdefault("children", []).append(places[name])
    return nodes


def _rest_joints(skeleton):
    """`[21, 3]` joints of the rest pose in m, wrist at the origin."""
    joints = np.zeros((len(JOINT_NAMES), 3))
    for joint in range(1, len(joints)):
        joints[joint] = joints[PARENTS[joint]] + skeleton.offset(joint) * _METRES
    return joints


def _skin(skeleton, binary):
    rest, inverse = _rest_joints(skeleton), []
    for _, _, joint in node_names():
        matrix = np.eye(4)
        matrix[:3, 3] = -rest[joint or 0]
        inverse.append(matrix.T.ravel())  # column by column
    matrices = binary.add(np.stack(inverse), "f")
    joints = list(range(len(inverse)))
    return {"joints": joints, "inverseBindMatrices": matrices, "skeleton": 0}


def _primitive(skeleton, binary):
    """Two pyramids per bone, each moved by the node that rotates the bone."""
    rest, places = _rest_joints(skeleton), {n[0]: i for i, n in enumerate(node_names())}
    corners, faces, colors, movers = [], [], [], []
    for _, parent, joint in node_names():
        if not joint:
            continue
        start, end = rest[PARENTS[joint]], rest[joint]
        faces.append(_FACES + sum(map(len, corners)))
        corners.append(_pyramids(start, end))
        colors += [(*JOINT_COLORS[joint], 255)] * len(corners[-1])
        movers += [(places[parent], 0, 0, 0)] * len(corners[-1])
    weights = np.tile([1.0, 0, 0, 0], (len(movers), 1))
    vertices, indices = 34962, 34963
    attributes = {
        "POSITION": binary.add(np.concatenate(corners), "f", True, vertices),
        "COLOR_0": binary.add(np.array(colors) / 255, "f", target=vertices),
        "JOINTS_0": binary.add(np.array(movers), "B", target=vertices),
        "WEIGHTS_0": binary.add(weights, "f", target=vertices),
    }
    triangles = binary.add(np.concatenate(faces).ravel(), "H", target=indices)
    return {"attributes": attributes, "indices": triangles, "material": 0}


def _pyramids(start, end):
    """`[6, 3]` corners: both ends of a bone and a square about it."""
    along = end - start
    length = np.linalg.norm(along)
    side = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    side *= _RADIUS * length / max(np.linalg.norm(side), 1e-12)
    other = np.cross(along, side) / max(length, 1e-12)
    waist = start + _WAIST * along
    ring = [waist + side, waist + other, waist - side, waist - other]
    return np.stack([start, *ring, end])


def _animation(skeleton, motion, binary):
    places = {name: number for number, (name, *_) in enumerate(node_names())}
    times = binary.add(motion.times - motion.times[0], "f", extremes=True)
    outputs = [(0, "translation", binary.add(skeleton.positions * _METRES, "f"))]
    for name, rotations in rotations_of_nodes(skeleton).items():
        values = binary.add(_continuous(rotations.as_quat()), "f")
        outputs.append((places[name], "rotation", values))
    return {
        "name": motion.name,
        "samplers": [{"input": times, "output": values} for *_, values in outputs],
        "channels": [
            {"sampler": number, "target": {"node": node, "path": path}}
            for number, (node, path, _) in enumerate(outputs)
        ],
    }


def _continuous(quaternions):
    """`[T, 4]` with signs such that neighbours are near each other."""
    flips = (quaternions[1:] * quaternions[:-1]).sum(-1) < 0
    signs = np.cumprod(np.where(flips, -1.0, 1.0))
    return np.concatenate([quaternions[:1], quaternions[1:] * signs[:, None]])


def _container(content, binary):
    text = json.dumps(content, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        [
            struct.pack("<III", _MAGIC, _VERSION, length),
            *(struct.pack("<II", len(text), _JSON), text),
            *(struct.pack("<II", len(binary), _BINARY), binary),
        ]
    )
