"""Synchronised multi-camera recordings and their formats on disk."""

from hand_geo_keras.recordings.background import median_backgrounds
from hand_geo_keras.recordings.open_recording import open_recording
from hand_geo_keras.recordings.panoptic import PanopticRecording
from hand_geo_keras.recordings.recording import Hand, Problem, Recording
from hand_geo_keras.recordings.rig import RigRecording
from hand_geo_keras.recordings.write_rig import write_hands3d, write_rig

__all__ = [
    "Hand",
    "PanopticRecording",
    "Problem",
    "Recording",
    "RigRecording",
    "median_backgrounds",
    "open_recording",
    "write_hands3d",
    "write_rig",
]
