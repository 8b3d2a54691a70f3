"""Encoders, decoder, pose head and the models that `fit` trains."""

from hand_geo_keras.models.pose_estimator import PoseEstimator
from hand_geo_keras.models.pose_head import PoseHead
from hand_geo_keras.models.semi_supervised_pose_estimator import (
    SemiSupervisedPoseEstimator,
)
from hand_geo_keras.models.unet_encoder import UNetEncoder
from hand_geo_keras.models.view_decoder import ViewDecoder
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer

__all__ = [
    "PoseEstimator",
    "PoseHead",
    "SemiSupervisedPoseEstimator",
    "UNetEncoder",
    "ViewDecoder",
    "ViewSynthesizer",
]
