"""Calibration of any number of cameras with a printed board."""

from hand_geo_keras.calibration.board import Board, BoardView
from hand_geo_keras.calibration.board_calibration import BoardCalibration, CameraFit
from hand_geo_keras.calibration.calibrate_board import calibrate_board
from hand_geo_keras.calibration.calibration_report import write_calibration_report
from hand_geo_keras.calibration.detect_board import BoardDetector
from hand_geo_keras.calibration.print_board import print_board

__all__ = [
    "Board",
    "BoardCalibration",
    "BoardDetector",
    "BoardView",
    "CameraFit",
    "calibrate_board",
    "print_board",
    "write_calibration_report",
]
