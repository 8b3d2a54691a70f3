"""Hands in motion as files of other programs: CSV, TRC, C3D, BVH and glTF."""

from hand_geo_keras.motion_files.hand_motion import HandMotion
from hand_geo_keras.motion_files.motion_formats import (
    MOTION_FORMATS,
    checked_formats,
    write_motions,
)

__all__ = ["MOTION_FORMATS", "HandMotion", "checked_formats", "write_motions"]
