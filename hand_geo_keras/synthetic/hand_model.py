"""The rigged hand: subject shape, joint angles, skinning and Panoptic's 21 joints."""

import dataclasses
import functools
import pathlib
from typing import Any

import numpy as np
import scipy.sparse
from scipy.spatial.transform import Rotation

ASSET = pathlib.Path(__file__).with_name("assets") / "hand.npz"
NUM_SHAPES = 12
FINGERS = ("thumb", "index", "middle", "ring", "little")

# Angles (degrees) that the rest mesh already has, so that 0 means a straight finger
# beside its neighbours: base flexion, base spread (+ = to the little finger), middle
# and end flexion. The thumb's base has no natural zero; its rest pose is taken.
_REST_ANGLES = np.array(
    [
        [0.0, 0.0, 8.0, 12.0],
        [15.0, -11.0, 13.0, 3.0],
        [20.0, 2.0, 6.0, 2.0],
        [22.0, 12.0, 8.0, 3.0],
        [20.0, 20.0, 10.0, 1.0],
    ]
)


@dataclasses.dataclass(frozen=True)
class HandPose:
    """Joint angles of one arm in degrees.

    Args:
        fingers: `[5, 4]` base flexion, base spread (positive to the little finger),
            middle and end flexion of thumb, index, middle, ring, little finger; for
            the thumb: flexion across the palm, adduction, middle and end flexion.
        wrist: `[2]` flexion (positive to the palm) and deviation (positive to the
            little finger).
        elbow: Flexion between upper arm and forearm, 0 when straight.
        twist: Rotation of the hand against the elbow about the forearm.
    """

    fingers: np.ndarray
    wrist: np.ndarray
    elbow: float = 70.0
    twist: float = 0.0


class HandModel:
    """One subject's right hand with arm; lengths in mm, origin at the wrist bone.

    In the rest pose y points along the fingers, x out of the back of the hand and z
    to the thumb.

    Args:
        shape: `[12]` coefficients of the shape PCA in std.
        scale: Factor on the whole hand.
        sleeve: `[K]` outward offset of the coarse vertices in mm, or None.

    Example:
        >>> hand = HandModel(shape=np.zeros(12), scale=1.0)
        >>> verts, joints = hand.posed(HandPose(np.zeros((5, 4)), np.zeros(2)))
        >>> joints.shape
        (21, 3)
    """

    def __init__(
        self, shape: np.ndarray, scale: float = 1.0, offsets: Any = None
    ) -> None:
        asset = load_asset()
        shape = np.asarray(shape, np.float64)
        verts = asset["verts"] + np.tensordot(shape, asset["shape_verts"], 1)
        heads = asset["heads"] + np.tensordot(shape, asset["shape_heads"], 1)
        self.heads = heads * scale
        verts = verts * scale
        self.rest_joints = _rest_joints(asset, verts, self.heads)
        if offsets is not None:
            normals = vertex_normals(verts, asset["faces"])
            verts = verts + normals * np.asarray(offsets)[:, None]
        self.rest = verts
        self._asset = asset

    def posed(self, pose: HandPose) -> tuple[Any, ...]:
        """Skins the mesh.

        Args:
            pose: A `HandPose`.

        Returns:
            `(verts [2139, 3], joints [21, 3])` in mm, in the frame of the forearm
            (the rest pose's axes, origin at the wrist bone).
        """
        rotations, origins = self._bone_transforms(pose)
        weights = self._asset["weights"]
        # y = R (x - head) + origin for every bone, blended by the weights.
        shifts = origins - np.einsum("bij,bj->bi", rotations, self.heads)
        blended = (weights @ rotations.reshape(-1, 9)).reshape(-1, 3, 3)
        verts = np.einsum("nij,nj->ni", blended, self.rest) + weights @ shifts
        bones = self._asset["joint_bones"]
        rotated = np.einsum("jik,jk->ji", rotations[bones], self.rest_joints)
        return verts, rotated + shifts[bones]

    def _bone_transforms(self, pose):
        local = self._local_rotations(pose)
        parents, heads = self._asset["parents"], self.heads
        rotations, origins = np.empty_like(local), np.empty_like(heads)
        # The wrist carries the forearm's frame: walk from there outwards.
        rotations[0], origins[0] = local[0], local[0] @ heads[0]
        for bone in range(1, len(parents)):
            parent = parents[bone]
            rotations[bone] = rotations[parent] @ local[bone]
            origins[bone] = origins[parent] + rotations[parent] @ (
                heads[bone] - heads[parent]
            )
        return rotations, origins

    def _local_rotations(self, pose):
        names, axes = self._asset["bones"], self._asset["bone_axes"]
        angles = np.zeros((len(names), 3))
        delta = np.asarray(pose.fingers) - _REST_ANGLES
        for finger in range(5):
            base = names.index(f"finger{finger + 1}-1.R")
            angles[base, [0, 2]] = delta[finger, :2]
            angles[base + 1, 0] = delta[finger, 2]
            angles[base + 2, 0] = delta[finger, 3]
        # Opposing the thumb also rotates its nail away from the palm's plane.
        thumb = names.index("finger1-1.R")
        angles[thumb, 1] = -0.6 * delta[0, 0]
        flexion, deviation = pose.wrist
        # The wrist bone's axes are the rest frame's: z to the thumb, x to the back.
        angles[names.index("wrist.R"), [0, 2]] = -deviation, flexion
        angles[names.index("lowerarm02.R"), 1] = pose.twist
        angles[0, 1] = -pose.twist
        angles[names.index("upperarm.R"), 0] = -pose.elbow
        rotations = Rotation.from_euler(
            "ZYX", angles[:, ::-1], degrees=True
        ).as_matrix()
        return axes @ rotations @ axes.transpose(0, 2, 1)


@functools.cache
def load_asset() -> Any:
    """The asset as a dict of arrays, computed once per process.

    Besides the file's arrays it has `subdivision`, the sparse matrix
    `[fine vertices, vertices]` of one level of Loop subdivision.

    Raises:
        FileNotFoundError: If the package was installed without its data.
    """
    with np.load(ASSET) as file:
        asset = {name: file[name] for name in file.files}
    for name in ("fine_faces", "faces"):
        asset[name] = asset[name].astype(np.int32)
    asset["bones"] = asset["bones"].tolist()
    weights = asset["weights"].astype(np.float64)
    asset["weights"] = weights / weights.sum(1, keepdims=True)
    fine, width = asset["fine_index"].shape
    columns = asset.pop("fine_index").astype(np.int64).ravel()
    values = asset.pop("fine_weight").astype(np.float64)
    values /= values.sum(1, keepdims=True)
    rows = np.repeat(np.arange(fine), width)
    shape = (fine, len(asset["verts"]))
    asset["subdivision"] = scipy.sparse.csr_array(
        (values.ravel(), (rows, columns)), shape
    )
    asset["subdivision"].eliminate_zeros()
    # Sums face normals into vertices: a product with a sparse matrix is fast.
    asset["fine_incidence"] = _incidence(asset["fine_faces"], fine)
    names = asset.pop("region_names").tolist()
    regions = asset["regions"].astype(np.float32) / 255
    asset["regions"] = dict(zip(names, regions.T))
    asset["is_upper_arm"] = asset["segment"] == asset["bones"].index("upperarm.R")
    asset["along_arm"] = asset["along_arm"].astype(np.float32)
    return asset


def fine_mesh(verts: Any) -> tuple[Any, ...]:
    """Subdivides posed vertices `[2139, 3]`.

    Returns `(verts, normals)`, both `[fine vertices, 3]` float32.
    """
    asset = load_asset()
    fine = asset["subdivision"] @ verts
    a, b, c = (fine[asset["fine_faces"][:, k]] for k in range(3))
    normals = asset["fine_incidence"] @ np.cross(b - a, c - a)
    return fine.astype(np.float32), _unit(normals).astype(np.float32)


def vertex_normals(verts: Any, faces: Any) -> Any:
    """Area-weighted unit normals `[N, 3]` of a mesh."""
    a, b, c = (verts[faces[:, k]] for k in range(3))
    return _unit(_incidence(faces, len(verts)) @ np.cross(b - a, c - a))


def _rest_joints(asset, verts, heads):
    joints = asset["joint_heads"].astype(np.float64) @ heads
    tips = asset["joint_verts"][:, 0] >= 0
    surface = verts[asset["joint_verts"][tips]].mean(1)
    inset = asset["joint_heads"][tips].astype(np.float64).sum(1, keepdims=True)
    joints[tips] += (1 - inset) * surface
    return joints


def _incidence(faces, count):
    rows, columns = faces.ravel(), np.repeat(np.arange(len(faces)), 3)
    ones = np.ones(len(rows))
    return scipy.sparse.csr_array((ones, (rows, columns)), (count, len(faces)))


def _unit(vectors):
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-9)
