"""Camera calibrations of other tools: OpenCV, Anipose, EasyMocap, Kalibr, JARVIS."""

from hand_geo_keras.recordings.calibration_files.anipose_toml import (
    read_anipose_toml,
    write_anipose_toml,
)
from hand_geo_keras.recordings.calibration_files.convert import (
    convert_calibration,
    read_calibration,
)
from hand_geo_keras.recordings.calibration_files.easymocap import read_easymocap
from hand_geo_keras.recordings.calibration_files.jarvis import read_jarvis
from hand_geo_keras.recordings.calibration_files.kalibr import read_kalibr
from hand_geo_keras.recordings.calibration_files.opencv_stereo import (
    read_opencv_stereo,
    write_opencv_stereo,
)
from hand_geo_keras.recordings.calibration_files.rig_json import (
    read_rig_json,
    write_rig_json,
)

__all__ = [
    "convert_calibration",
    "read_anipose_toml",
    "read_calibration",
    "read_easymocap",
    "read_jarvis",
    "read_kalibr",
    "read_opencv_stereo",
    "read_rig_json",
    "write_anipose_toml",
    "write_opencv_stereo",
    "write_rig_json",
]
