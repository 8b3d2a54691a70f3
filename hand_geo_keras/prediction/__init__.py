"""From images to keypoints: images, videos, and several views of one instant."""

from typing import Any

from hand_geo_keras.prediction.consensus_pose import consensus_pose
from hand_geo_keras.prediction.fuse_readings import fuse_readings
from hand_geo_keras.prediction.fuse_views import (
    fuse_latent_points,
    fuse_latents,
    fuse_views,
)
from hand_geo_keras.prediction.hand_boxes import open_boxes
from hand_geo_keras.prediction.hand_prediction import HandPrediction
from hand_geo_keras.prediction.hand_predictor import HandPredictor
from hand_geo_keras.prediction.hand_smoother import HandSmoother
from hand_geo_keras.prediction.hands_in_image import HandsInImage
from hand_geo_keras.prediction.locate_hand import locate_hand
from hand_geo_keras.prediction.mediapipe_detector import MediaPipeDetector
from hand_geo_keras.prediction.one_euro_filter import OneEuroFilter, OneEuroSettings
from hand_geo_keras.prediction.predict_files import (
    Predictions,
    predict_images,
    predict_video,
)
from hand_geo_keras.prediction.predict_photo import predict, predict_photo
from hand_geo_keras.prediction.predict_rig import (
    RigPredictions,
    predict_recording,
    predict_rig,
)
from hand_geo_keras.prediction.predict_views import predict_views
from hand_geo_keras.prediction.preset_detector import PresetDetector
from hand_geo_keras.prediction.view_precision import learn_view_precision

__all__ = [
    "HandPrediction",
    "HandPredictor",
    "HandSmoother",
    "HandsInImage",
    "MediaPipeDetector",
    "OneEuroFilter",
    "OneEuroSettings",
    "Predictions",
    "PresetDetector",
    "RigPredictions",
    "consensus_pose",
    "fuse_latent_points",
    "fuse_latents",
    "fuse_readings",
    "fuse_views",
    "learn_view_precision",
    "load_pose_model",
    "locate_hand",
    "open_boxes",
    "predict",
    "predict_images",
    "predict_photo",
    "predict_recording",
    "predict_rig",
    "predict_video",
    "predict_views",
]


def __getattr__(name: str) -> Any:
    """Imports what loads Keras models on its first use: most hands are read without."""
    if name == "load_pose_model":
        from hand_geo_keras.prediction.pose_model import load_pose_model

        return load_pose_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
