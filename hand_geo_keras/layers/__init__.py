"""Keras layers of the geometry-aware view synthesis model."""

from hand_geo_keras.layers.appearance_swap import AppearanceSwap
from hand_geo_keras.layers.background_compositing import BackgroundCompositing
from hand_geo_keras.layers.batch_normalization import BatchNormalization
from hand_geo_keras.layers.bilinear_upsampling import BilinearUpsampling
from hand_geo_keras.layers.dense import Dense
from hand_geo_keras.layers.hand_frame import HandFrame
from hand_geo_keras.layers.heatmap_points import HeatmapPoints
from hand_geo_keras.layers.joint_convention import JointConvention
from hand_geo_keras.layers.latent_rotation import LatentRotation
from hand_geo_keras.layers.normalize_images import NormalizeImages, denormalize_images
from hand_geo_keras.layers.perspective_lift import PerspectiveLift
from hand_geo_keras.layers.point_splatting import PointSplatting
from hand_geo_keras.layers.view_exchange import ViewExchange

__all__ = [
    "AppearanceSwap",
    "BackgroundCompositing",
    "BatchNormalization",
    "BilinearUpsampling",
    "Dense",
    "HandFrame",
    "HeatmapPoints",
    "JointConvention",
    "LatentRotation",
    "NormalizeImages",
    "PerspectiveLift",
    "PointSplatting",
    "ViewExchange",
    "denormalize_images",
]
