"""Hands of a running camera, shown on a local page or in a window."""

from hand_geo_keras.viewer.live.camera_stream import CameraStream
from hand_geo_keras.viewer.live.latency import LatencyBudget
from hand_geo_keras.viewer.live.live_loop import run_live
from hand_geo_keras.viewer.live.live_session import LiveSession

__all__ = ["CameraStream", "LatencyBudget", "LiveSession", "run_live"]
