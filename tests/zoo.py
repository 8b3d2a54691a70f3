"""Tiny instances of every network and model, and batches that fit them."""

import functools

import numpy as np
import tensorflow as tf

from hand_geo_keras.losses import PixelFeatureLoss, ResNet18Features
from hand_geo_keras.models import (
    CompactDecoder,
    CompactEncoder,
    JointEncoder,
    JointTrainer,
    LiftHead,
    PoseEstimator,
    PoseHead,
    ResNet50Encoder,
    SemiSupervisedPoseEstimator,
    UNetEncoder,
    ViewDecoder,
    ViewSynthesizer,
)

random_features = functools.cache(lambda: ResNet18Features(None))

SIZE, POINTS, CODE = 16, 5, 3
_SIZES = {"image_size": SIZE, "num_points": POINTS, "appearance_dim": CODE}


def unet_encoder(**kwargs):
    return UNetEncoder(**{**_SIZES, "widths": (4, 6), **kwargs})


def view_decoder(**kwargs):
    return ViewDecoder(**{**_SIZES, "widths": (4, 6), **kwargs})


def compact_encoder(**kwargs):
    return CompactEncoder(**{**_SIZES, "widths": (4, 6), "hidden_units": 8, **kwargs})


def compact_decoder(**kwargs):
    return CompactDecoder(**{**_SIZES, "widths": (4, 6), **kwargs})


def resnet50_encoder(**kwargs):
    return ResNet50Encoder(**{**_SIZES, "image_size": 112, **kwargs})


def joint_encoder(**kwargs):
    sizes = {**_SIZES, "widths": (4, 6), "blocks": (0, 1), "hidden_units": 8}
    return JointEncoder(**{**sizes, "num_points": 23, **kwargs})


def joint_trainer(dropout=0.1):
    return JointTrainer(joint_encoder(dropout=dropout))


def lifting_estimator(dropout=0.1, joint_offsets=False, joint_convention=False):
    encoder, random = joint_encoder(dropout=dropout), np.random.default_rng(0)
    head = LiftHead(23, joint_offsets=joint_offsets, joint_convention=joint_convention)
    if joint_offsets:
        head.get_layer("lift").offsets.assign(random.normal(0, 5, (21, 3)))
    if joint_convention:
        head.get_layer("convention").offsets.assign(random.normal(0, 0.01, (9, 21, 3)))
    return PoseEstimator(encoder, head, trainable_encoder=True)


def pose_head(**kwargs):
    return PoseHead(POINTS, hidden_units=(8,), **kwargs)


def view_synthesizer(dropout=0.3, background_mode="alpha", **kwargs):
    return ViewSynthesizer(
        unet_encoder(dropout=dropout),
        view_decoder(dropout=dropout, background_mode=background_mode),
        **kwargs,
    )


def compact_view_synthesizer(dropout=0.3, **kwargs):
    return ViewSynthesizer(
        compact_encoder(dropout=dropout),
        compact_decoder(),
        latent_consistency_weight=1.0,
        **kwargs,
    )


def pose_estimator(dropout=0.3, **kwargs):
    kwargs.setdefault("trainable_encoder", True)
    head = pose_head(dropout=dropout)
    model = PoseEstimator(unet_encoder(dropout=dropout), head, **kwargs)
    model.adapt(joints(12))
    return model


def semi_supervised(dropout=0.3, **kwargs):
    head = pose_head(dropout=dropout)
    model = SemiSupervisedPoseEstimator(
        view_synthesizer(dropout=dropout, **kwargs), head
    )
    model.adapt(joints(12))
    return model


def tensors(structure):
    """The same structure of arrays as tensors."""
    return {name: tf.constant(value) for name, value in structure.items()}


def images(count, seed=0):
    """`[count, S, S, 3]` uint8."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, SIZE, SIZE, 3)).astype("uint8")


def rotations(count, seed=0):
    """`[count, 3, 3]` float32 proper rotations."""
    matrices = np.random.default_rng(seed).normal(size=(count, 3, 3))
    orthogonal, _ = np.linalg.qr(matrices)
    orthogonal[:, :, 0] *= np.linalg.det(orthogonal)[:, None]
    return orthogonal.astype("float32")


def joints(count, seed=0):
    """`[count, 21, 3]` float32 in mm, wrist at zero."""
    poses = 40.0 * np.random.default_rng(seed).normal(size=(count, 21, 3))
    poses[:, 0] = 0.0
    return poses.astype("float32")


def quads(count, seed=0):
    """A quad batch."""
    shape = (count, 4, SIZE, SIZE, 3)
    return {
        "image": images(4 * count, seed).reshape(shape),
        "background": images(4 * count, seed + 1).reshape(shape),
        "rotation": rotations(4 * count, seed).reshape(count, 4, 3, 3),
    }


def placed_quads(count, seed=0):
    """A quad batch that says where the hand is."""
    return {
        **quads(count, seed),
        "hand_center": np.full((count, 4, 2), 0.1, "float32"),
        "crop_scale": np.linspace(80, 120, 4 * count, dtype="float32").reshape(-1, 4),
    }


def labelled(count, seed=0):
    """`(inputs, joints, validity)`."""
    valid = np.ones((count, 21), "float32")
    valid[0, 5:9] = 0.0
    return {"image": images(count, seed)}, joints(count, seed), valid


def with_scale(count, seed=0):
    """Inputs of a pose estimator with named latent points."""
    return {"image": images(count, seed), "scale": np.full(count, 0.2, "float32")}


def named_points(count, seed=0):
    """A batch of `CropStream`."""
    points = np.random.default_rng(seed).uniform(-1, 1, (count, 21, 3))
    ones = np.ones(count, "float32")
    return {"image": images(count, seed)}, {
        "points": points.astype("float32"),
        "weights": np.ones((count, 21), "float32"),
        "scale": 0.2 * ones,
        "presence": ones,
        "right": ones,
    }


def mixed(count, seed=0):
    """A semi-supervised batch."""
    inputs, poses, valid = labelled(count, seed)
    return {"labelled": inputs, "unlabelled": quads(count, seed)}, poses, valid


# name -> (model, loss, batch, inputs of a plain call)
MODELS = {
    "view_synthesizer": (
        view_synthesizer,
        lambda: PixelFeatureLoss(feature_weight=0.0, foreground_weight=3.0),
        lambda count: (quads(count),),
        quads,
    ),
    "compact_view_synthesizer": (
        compact_view_synthesizer,
        lambda: PixelFeatureLoss(feature_weight=0.0, foreground_weight=3.0),
        lambda count: (placed_quads(count),),
        placed_quads,
    ),
    "pose_estimator": (
        pose_estimator,
        lambda: "mse",
        labelled,
        lambda count: labelled(count)[0],
    ),
    "joint_trainer": (
        joint_trainer,
        lambda: "mae",
        named_points,
        lambda count: named_points(count)[0],
    ),
    "lifting_estimator": (
        lifting_estimator,
        lambda: "mse",
        lambda count: (with_scale(count), *labelled(count)[1:]),
        with_scale,
    ),
    "semi_supervised": (
        semi_supervised,
        lambda: PixelFeatureLoss(feature_weight=0.0),
        mixed,
        lambda count: labelled(count)[0],
    ),
}

# Outputs of the encoder that a model makes no use of, hence does not train.
UNUSED = {
    "joint_trainer": ("appearance",),
    "lifting_estimator": ("appearance", "presence"),
}

PARTS = {
    "unet_encoder": unet_encoder,
    "compact_encoder": compact_encoder,
    "view_decoder_concat": view_decoder,
    "view_decoder_alpha": lambda: view_decoder(background_mode="alpha", dense_rank=4),
    "compact_decoder": compact_decoder,
    "compact_decoder_concat": lambda: compact_decoder(background_mode="concat"),
    "resnet50_encoder": resnet50_encoder,
    "pose_head": pose_head,
    "joint_encoder": joint_encoder,
    "lift_head": lambda: LiftHead(23),
    "lift_head_convention": lambda: LiftHead(23, joint_convention=True),
}

# In float16 oneDNN has gradients of convolutions as slow reference kernels only.
COMPILED_IN_HALF = ("resnet50_encoder",)
