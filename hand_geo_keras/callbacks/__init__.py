"""Callbacks of `fit`: images for TensorBoard, and training that can be stopped."""

from hand_geo_keras.callbacks.epochs_done import batches_done, epochs_done
from hand_geo_keras.callbacks.latent_point_plot import LatentPointPlot
from hand_geo_keras.callbacks.novel_view_panel import NovelViewPanel
from hand_geo_keras.callbacks.read_log import read_log
from hand_geo_keras.callbacks.resumable_callbacks import resumable_callbacks
from hand_geo_keras.callbacks.stop_on_non_finite import StopOnNonFinite
from hand_geo_keras.callbacks.training_backup import TrainingBackup

__all__ = [
    "LatentPointPlot",
    "NovelViewPanel",
    "StopOnNonFinite",
    "TrainingBackup",
    "batches_done",
    "epochs_done",
    "read_log",
    "resumable_callbacks",
]
