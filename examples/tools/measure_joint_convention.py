"""Measures where MediaPipe has the joints of hands whose joints are known.

    hand-geo synth --variant=wild --instants=2500 --seed=78 --out_dir=runs/wild_78
    pip download --no-deps mediapipe==0.10.21 && unzip -j mediapipe-*.whl \\
        mediapipe/modules/hand_landmark/hand_landmark_full.tflite
    python examples/tools/measure_joint_convention.py --rendered=runs/wild_78 \\
        --landmark_model=hand_landmark_full.tflite --out=hand_128_mediapipe

MediaPipe's landmarks were annotated in images. They lie elsewhere than joints inside
the hand, mostly towards the camera, by as much as most errors that are reported. Here
its landmark network reads rendered views of hands, in crops that it would cut itself;
what it sees in two views is triangulated, and how far that is from the rendered joints
is fitted in the hand's own axes as `JointConvention` has it, by robust least squares.
No real image is involved. The result is a preset whose joints are MediaPipe's,
with all other parts of `--based_on`. Printed are the differences from landmarks of
instants that were not fitted (every fourth), in mm in space and in percent of the hand
box in single views. Takes four minutes for 10,000 views.
"""

from itertools import combinations

import numpy as np
from absl import app, flags
from landmark_network import LandmarkNetwork
from tqdm import tqdm

from hand_geo_keras.datasets import load_instants
from hand_geo_keras.geometry import nearest_to_rays, square_box
from hand_geo_keras.geometry.bones import bone_lengths
from hand_geo_keras.layers.joint_convention import NUM_TERMS, view_terms
from hand_geo_keras.layers.perspective_lift import palm_axes
from hand_geo_keras.models import LiftHead, PoseEstimator, save_to_preset
from hand_geo_keras.pipelines.crop_geometry import CropView
from hand_geo_keras.training.multi_view_labels import rays_of_points

_RENDERED = flags.DEFINE_list("rendered", None, "Folders of rendered hands.")
_NETWORK = flags.DEFINE_string("landmark_model", None, "hand_landmark_full.tflite.")
_OUT = flags.DEFINE_string("out", None, "Folder of the preset to write.")
_BASED_ON = flags.DEFINE_string("based_on", "hand_128", "Preset with all other parts.")

_PRESENT = 0.8
_OFF = 0.1  # of the hand box: MediaPipe errs, or sees another hand
_ANGLES = (25.0, 90.0)  # degrees between the two views of a pair
_TEST = 4  # every fourth instant is not fitted


def main(_):
    views, pairs = [], []
    for folder in _RENDERED.value:
        pool = load_instants([folder])
        read = landmarks_of(pool, _NETWORK.value)
        views.append(single_views(pool, read))
        pairs.append(offsets_of_pairs(pool, read))
    terms, offsets, tested = (np.concatenate(parts) for parts in zip(*pairs))
    weights = fitted(terms[~tested], offsets[~tested])
    before = offsets[tested]
    after = before - (terms[tested] @ weights).reshape(before.shape)
    head = head_with(weights)
    size = head.total_bone_length
    print(f"{(~tested).sum()} pairs of views fitted, {tested.sum()} tested")
    for name, rest in (("joints", before), ("in the convention", after)):
        centred = rest - rest.mean(1, keepdims=True)
        print(f"{name}: {size * _mean_norm(centred):.1f} mm about the centroid")
    points, scales, seen = (np.concatenate(parts) for parts in zip(*views))
    moved = head.named_points({"latent_3d": points, "scale": scales})
    sides = np.array([square_box(landmarks)[2] for landmarks in seen])
    for name, found in (("joints", points), ("in the convention", np.asarray(moved))):
        off = np.linalg.norm(found[..., :2] - seen, axis=-1).mean(1) / sides
        print(f"{name}: {100 * off.mean():.2f} % of the box, {len(off)} views")
    if _OUT.value:
        model = PoseEstimator.from_preset(_BASED_ON.value)
        head.get_layer("lift").set_weights(
            model.pose_head.get_layer("lift").get_weights()
        )
        model = PoseEstimator(model.encoder, head)
        save_to_preset(_OUT.value, model, based_on=_BASED_ON.value)
        print(f"wrote {_OUT.value}")


def landmarks_of(pool, path):
    """`[M, 21, 2]` landmarks in all views as points of the crop; NaN if not seen."""
    network, found = LandmarkNetwork(path), []
    for view, points in enumerate(tqdm(_points(pool), unit="view")):
        image, half = pool.images[view], pool.crop_size / 2
        centre = (image.shape[0] - 1) / 2  # there is context around the crop
        landmarks = network(image, points[:, :2] * half + centre)
        seen = (landmarks.pixels - centre) / half
        off = np.linalg.norm(seen - points[:, :2], axis=-1).mean()
        side = square_box(points[:, :2])[2]
        usable = landmarks.presence > _PRESENT and off < _OFF * side
        usable &= pool.valid[pool.instant_of_view[view]].all()
        found.append(seen if usable else np.full((21, 2), np.nan))
    return np.stack(found)


def single_views(pool, read):
    """Rendered points, scales, and landmarks of the views to test with."""
    usable = np.isfinite(read).all((1, 2)) & (pool.instant_of_view % _TEST == 0)
    return np.float32(_points(pool)[usable]), pool.scales[usable], read[usable]


def _points(pool):
    """`[M, 21, 3]` 2.5D joints of all views, as `JointEncoder` gives them."""
    joints = pool.joints[pool.instant_of_view]
    joints = joints @ np.swapaxes(pool.rotations, 1, 2) + pool.translations[:, None]
    views = (CropView(np.eye(3), focal, pool.crop_size) for focal in pool.focals)
    return np.stack([view.points(seen) for view, seen in zip(views, joints)])


def offsets_of_pairs(pool, read):
    """`(terms [P, 9], offsets [P, 21, 3], tested [P])` of pairs of views.

    Offsets of triangulated landmarks from joints in the hand's axes, in units of all
    bones' length; terms are those of the mean direction to both cameras.
    """
    centres, rays = rays_of_points(pool, read)
    hands = pool.joints.mean(1)
    towards = centres - hands[pool.instant_of_view]
    towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
    usable = np.isfinite(read).all((1, 2))
    pairs = np.array(
        [
            pair
            for views, count in zip(pool.views, pool.num_views)
            for pair in combinations(views[:count][usable[views[:count]]], 2)
            if _ANGLES[0] < _degrees(*towards[list(pair)]) < _ANGLES[1]
        ]
    )
    seen = nearest_to_rays(
        np.broadcast_to(centres[pairs][:, None], (len(pairs), 21, 2, 3)),
        np.moveaxis(rays[pairs], 1, 2),
    )
    instants = pool.instant_of_view[pairs[:, 0]]
    joints = pool.joints[instants]
    axes = np.asarray(palm_axes(joints))
    offsets = (seen - joints) @ np.swapaxes(axes, 1, 2)
    offsets /= bone_lengths(joints).sum(1)[:, None, None]
    direction = towards[pairs].sum(1)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    return terms_of(direction, axes), offsets, instants % _TEST == 0


def terms_of(directions, axes):
    """`[P, 9]` `view_terms` of world directions `[P, 3]` to the camera."""
    in_hand = (axes @ directions[..., None])[..., 0]
    return np.asarray(view_terms(np.float32(in_hand)))


def fitted(terms, offsets, rounds=6):
    """`[9, 63]` least squares in which pairs count less that are further off."""
    targets = offsets.reshape(len(offsets), -1)
    weights = np.ones(len(terms))
    for _ in range(rounds):
        root = np.sqrt(weights)[:, None]
        solution = np.linalg.lstsq(root * terms, root * targets, rcond=None)[0]
        rest = (targets - terms @ solution).reshape(offsets.shape)
        rest = np.linalg.norm(rest, axis=-1).mean(1)
        weights = np.minimum(1, np.median(rest) / rest)
    return solution


def head_with(weights):
    head = LiftHead(joint_convention=True)
    head.get_layer("convention").set_weights([weights.reshape(NUM_TERMS, 21, 3)])
    return head


def _degrees(one, other):
    return np.degrees(np.arccos(np.clip(one @ other, -1, 1)))


def _mean_norm(vectors):
    return np.linalg.norm(vectors, axis=-1).mean()


if __name__ == "__main__":
    flags.mark_flags_as_required(["rendered", "landmark_model"])
    app.run(main)
