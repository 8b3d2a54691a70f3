"""A checklist for camera rigs, to be read before anyone trains."""

from hand_geo_keras.recordings.rig_check.check_rig import check_rig
from hand_geo_keras.recordings.rig_check.finding import Finding
from hand_geo_keras.recordings.rig_check.rig_report import RigReport

__all__ = ["Finding", "RigReport", "check_rig"]
