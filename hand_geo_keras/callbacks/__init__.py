"""Callbacks of `fit`: pictures for TensorBoard, and training that can be stopped."""

from hand_geo_keras.callbacks.epochs_done import epochs_done
from hand_geo_keras.callbacks.latent_point_plot import LatentPointPlot
from hand_geo_keras.callbacks.novel_view_panel import NovelViewPanel
from hand_geo_keras.callbacks.read_log import read_log
from hand_geo_keras.callbacks.resumable_callbacks import resumable_callbacks

__all__ = [
    "LatentPointPlot",
    "NovelViewPanel",
    "epochs_done",
    "read_log",
    "resumable_callbacks",
]
