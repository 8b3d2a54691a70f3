"""Keras metrics of hand poses and of synthesised views."""

from hand_geo_keras.metrics.mpjpe import MPJPE
from hand_geo_keras.metrics.n_mpjpe import NMPJPE
from hand_geo_keras.metrics.pa_mpjpe import PAMPJPE
from hand_geo_keras.metrics.pck_auc import PCKAUC
from hand_geo_keras.metrics.per_joint_n_mpjpe import PerJointNMPJPE
from hand_geo_keras.metrics.psnr import PSNR
from hand_geo_keras.metrics.ssim import SSIM

__all__ = [
    "MPJPE",
    "NMPJPE",
    "PAMPJPE",
    "PCKAUC",
    "PSNR",
    "SSIM",
    "PerJointNMPJPE",
]
