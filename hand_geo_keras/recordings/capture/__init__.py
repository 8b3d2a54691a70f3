"""Synchronised recording of several webcams."""

from hand_geo_keras.recordings.capture.frame_aligner import FrameAligner, Instant
from hand_geo_keras.recordings.capture.record_cameras import Capture, record_cameras

__all__ = ["Capture", "FrameAligner", "Instant", "record_cameras"]
