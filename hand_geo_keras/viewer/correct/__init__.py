"""A local web page on which the joints of labels are dragged in several views."""

from hand_geo_keras.viewer.correct.correction_server import correction_server
from hand_geo_keras.viewer.correct.correction_session import CorrectionSession
from hand_geo_keras.viewer.correct.joint_placement import epipolar_line, placed_joint

__all__ = ["CorrectionSession", "correction_server", "epipolar_line", "placed_joint"]
