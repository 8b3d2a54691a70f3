"""glTF files as pygltflib loads them, played back by the specification's rules."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.motion_files.gltf import write_gltf
from tests.motion_files.conftest import make_motion

pygltflib = pytest.importorskip("pygltflib")
KINDS = {5121: np.uint8, 5123: np.uint16, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@pytest.fixture
def loaded(tmp_path, joints):
    path = tmp_path / "hand.glb"
    write_gltf(path, make_motion(joints, missing=(5,)))
    return pygltflib.GLTF2().load(path)


def array(gltf, number):
    accessor = gltf.accessors[number]
    view = gltf.bufferViews[accessor.bufferView]
    kind, width = KINDS[accessor.componentType], WIDTHS[accessor.type]
    assert view.byteOffset % np.dtype(kind).itemsize == 0
    blob = gltf.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    values = np.frombuffer(blob, kind).reshape(accessor.count, width)
    if accessor.min:
        np.testing.assert_allclose(values.min(0), accessor.min, rtol=1e-6)
        np.testing.assert_allclose(values.max(0), accessor.max, rtol=1e-6)
    return values


def played(gltf):
    """dict from node's number to its global matrices `[T, 4, 4]`."""
    (animation,) = gltf.animations
    count = gltf.accessors[animation.samplers[0].input].count
    local = {}
    for number, node in enumerate(gltf.nodes):
        local[number] = np.tile(np.eye(4), (count, 1, 1))
        local[number][:, :3, 3] = node.translation or [0, 0, 0]
    for channel in animation.channels:
        values = array(gltf, animation.samplers[channel.sampler].output)
        matrices = local[channel.target.node]
        if channel.target.path == "translation":
            matrices[:, :3, 3] = values
        else:
            matrices[:, :3, :3] = Rotation.from_quat(values).as_matrix()
    placed, waiting = {0: local[0]}, [0]
    while waiting:
        parent = waiting.pop()
        for child in gltf.nodes[parent].children or []:
            placed[child] = placed[parent] @ local[child]
            waiting.append(child)
    return placed


def test_nodes_play_the_joints(loaded, joints):
    placed = played(loaded)
    names = {node.name: number for number, node in enumerate(loaded.nodes)}
    found = np.stack([placed[names[name]][:, :3, 3] for name in JOINT_NAMES], 1)
    expected = np.delete(joints, 5, 0) * [1, -1, -1] / 1000
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_key_frames_have_the_time_stamps(loaded):
    times = array(loaded, loaded.animations[0].samplers[0].input)[:, 0]
    np.testing.assert_allclose(times, np.delete(np.arange(40), 5) / 25, atol=1e-6)
    for sampler in loaded.animations[0].samplers:
        assert loaded.accessors[sampler.output].count == len(times)


def test_neighbouring_quaternions_are_near(loaded):
    for channel in loaded.animations[0].channels:
        values = array(loaded, loaded.animations[0].samplers[channel.sampler].output)
        if channel.target.path == "rotation":
            np.testing.assert_allclose(np.linalg.norm(values, axis=1), 1, atol=1e-6)
            assert ((values[1:] * values[:-1]).sum(1) > 0).all()


def test_the_skinned_mesh_follows_the_joints(loaded, joints):
    """Tips of the bones' meshes, moved by the skin, are the joints."""
    (skin,), (mesh,) = loaded.skins, loaded.meshes
    attributes = mesh.primitives[0].attributes
    corners = array(loaded, attributes.POSITION)
    movers = array(loaded, attributes.JOINTS_0)[:, 0]
    inverse = array(loaded, skin.inverseBindMatrices).reshape(-1, 4, 4)
    inverse = inverse.transpose(0, 2, 1)  # stored column by column
    placed, last = played(loaded), -1
    ends = corners[5::6]  # the sixth corner of each of 20 bones
    moved = [
        placed[skin.joints[mover]][last] @ inverse[mover] @ [*end, 1]
        for mover, end in zip(movers[5::6], ends)
    ]
    expected = joints[-1, 1:] * [1, -1, -1] / 1000
    np.testing.assert_allclose(np.array(moved)[:, :3], expected, atol=1e-6)
    triangles = array(loaded, mesh.primitives[0].indices)
    assert triangles.max() == len(corners) - 1 and len(triangles) == 20 * 8 * 3


def test_faces_look_outward(loaded):
    attributes = loaded.meshes[0].primitives[0].attributes
    corners = array(loaded, attributes.POSITION)
    triangles = array(loaded, loaded.meshes[0].primitives[0].indices).reshape(-1, 3)
    one, two, three = corners[triangles].transpose(1, 0, 2)
    bones = corners.reshape(-1, 6, 3).mean(1)[triangles[:, 0] // 6]
    outward = np.cross(two - one, three - one) * ((one + two + three) / 3 - bones)
    assert (outward.sum(1) > 0).all()
