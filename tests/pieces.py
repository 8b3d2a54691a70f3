"""Tiny instances of every layer, loss and metric, and inputs that fit them."""

import numpy as np

from hand_geo_keras import layers, losses, metrics
from tests import zoo


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def composited():
    return {"features": normal(4, 8, 8, 5), "background": normal(4, 8, 8, 3)}


# name -> (layer, inputs)
LAYERS = {
    "NormalizeImages": (layers.NormalizeImages, lambda: normal(4, 8, 8, 3)),
    "LatentRotation": (
        layers.LatentRotation,
        lambda: {"latent_3d": normal(4, 5, 3), "rotation": zoo.rotations(4)},
    ),
    "ViewExchange": (
        lambda: layers.ViewExchange(0.5, seed=1),
        lambda: {
            "latent_3d": normal(4, 4, 5, 3),
            "rotation": zoo.rotations(16).reshape(4, 4, 3, 3),
        },
    ),
    "AppearanceSwap": (
        lambda: layers.AppearanceSwap(False, False, seed=1),
        lambda: normal(4, 4, 6),
    ),
    "BatchNormalization": (
        lambda: layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
        lambda: normal(4, 3, 5, 4),
    ),
    "BilinearUpsampling": (
        lambda: layers.BilinearUpsampling(align_corners=False),
        lambda: normal(4, 3, 5, 4),
    ),
    "Dense": (lambda: layers.Dense(3), lambda: normal(4, 5)),
    "HandFrame": (
        lambda: layers.HandFrame(inverse=True),
        lambda: {
            "latent_3d": normal(2, 4, 5, 3),
            "hand_center": normal(2, 4, 2),
            "crop_scale": 100 + normal(2, 4),
        },
    ),
    "HeatmapPoints": (
        lambda: layers.HeatmapPoints(extent=1.1),
        lambda: {
            "heatmaps": normal(2, 4, 4, 5),
            "depths": normal(2, 4, 4, 5),
            "depth_offsets": normal(2, 5),
        },
    ),
    "JointConvention": (
        lambda: layers.JointConvention(),
        lambda: {"latent_3d": normal(2, 23, 3), "scale": np.float32([0.1, 0.2])},
    ),
    "PerspectiveLift": (
        layers.PerspectiveLift,
        lambda: {"latent_3d": normal(2, 23, 3), "scale": np.full(2, 0.2, "float32")},
    ),
    "PointSplatting": (
        lambda: layers.PointSplatting(4, channels=3),
        lambda: normal(2, 5, 3),
    ),
    "BackgroundCompositing(concat)": (
        lambda: layers.BackgroundCompositing(4),
        composited,
    ),
    "BackgroundCompositing(alpha)": (
        lambda: layers.BackgroundCompositing(4, "alpha", 1, initial_mask=0.2),
        composited,
    ),
}

LOSSES = {
    "PixelFeatureLoss": lambda: losses.PixelFeatureLoss(
        zoo.random_features(),
        ssim_weight=0.1,
        gradient_weight=0.1,
        foreground_weight=3.0,
        feature_every=2,
    ),
    "PixelFeatureLoss(pixels)": lambda: losses.PixelFeatureLoss(feature_weight=0.0),
}

POSE_METRICS = {
    "MPJPE": metrics.MPJPE,
    "NMPJPE": metrics.NMPJPE,
    "PAMPJPE": metrics.PAMPJPE,
    "PCKAUC": lambda: metrics.PCKAUC(80.0, 9, alignment="scale"),
    "PerJointNMPJPE": metrics.PerJointNMPJPE,
}
IMAGE_METRICS = {"PSNR": metrics.PSNR, "SSIM": metrics.SSIM}
METRICS = {**POSE_METRICS, **IMAGE_METRICS}


def compared_by(name):
    """`(y_true, y_pred)` for a metric."""
    make = zoo.joints if name in POSE_METRICS else zoo.images
    return make(6), make(6, seed=1)


def images_to_compare():
    """A loss's target, with the background behind it, and a prediction."""
    target = {"image": normal(4, 16, 16, 3), "background": np.zeros((4, 16, 16, 3))}
    target["background"] = target["background"].astype("float32")
    return target, normal(4, 16, 16, 3, seed=1)
