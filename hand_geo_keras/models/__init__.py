"""Encoders, decoders, pose head and the models that `fit` trains."""

from hand_geo_keras.models.compact_decoder import CompactDecoder
from hand_geo_keras.models.compact_encoder import CompactEncoder
from hand_geo_keras.models.hand_preprocessor import HandPreprocessor
from hand_geo_keras.models.joint_encoder import JointEncoder
from hand_geo_keras.models.joint_trainer import JointTrainer
from hand_geo_keras.models.lift_head import LiftHead
from hand_geo_keras.models.pose_estimator import PoseEstimator
from hand_geo_keras.models.pose_head import PoseHead
from hand_geo_keras.models.preset_files import save_to_preset
from hand_geo_keras.models.presets import (
    PRESETS,
    build_pose_estimator,
    build_pose_head,
    build_view_synthesizer,
)
from hand_geo_keras.models.resnet50_encoder import ResNet50Encoder
from hand_geo_keras.models.semi_supervised_pose_estimator import (
    SemiSupervisedPoseEstimator,
)
from hand_geo_keras.models.unet_encoder import UNetEncoder
from hand_geo_keras.models.view_decoder import ViewDecoder
from hand_geo_keras.models.view_synthesizer import ViewSynthesizer

__all__ = [
    "PRESETS",
    "CompactDecoder",
    "CompactEncoder",
    "HandPreprocessor",
    "JointEncoder",
    "JointTrainer",
    "LiftHead",
    "PoseEstimator",
    "PoseHead",
    "ResNet50Encoder",
    "SemiSupervisedPoseEstimator",
    "UNetEncoder",
    "ViewDecoder",
    "ViewSynthesizer",
    "build_pose_estimator",
    "build_pose_head",
    "build_view_synthesizer",
    "save_to_preset",
]
