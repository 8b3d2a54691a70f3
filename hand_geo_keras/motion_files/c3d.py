"""C3D, the binary format of motion capture laboratories, by the package ezc3d."""

from pathlib import Path

import numpy as np

from hand_geo_keras.geometry.skeleton import JOINT_NAMES
from hand_geo_keras.io import replacing
from hand_geo_keras.motion_files.hand_motion import HandMotion


def write_c3d(path: Path, motion: HandMotion) -> None:
    """Writes a hand's joints as points.

    Millimetres; y up (x right, z towards the camera) unless the frame is a rig's world,
    which is written unchanged. Points of frames without the hand are invalid (residual
    -1). The first frame has the number 1.

    Args:
        path: `pathlib.Path` of the file.
        motion: `HandMotion`.

    Raises:
        ImportError: If the package `ezc3d` (extra `c3d`) is not installed.
        StorageError: If the file cannot be written.
    """
    import ezc3d

    motion = motion.at_constant_rate()
    positions = motion.y_up().transpose(2, 1, 0)  # [3, 21, T]
    seen = np.isfinite(positions).all(0)
    content = ezc3d.c3d()
    content["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    content["parameters"]["POINT"]["RATE"]["value"] = [motion.fps]
    content["parameters"]["POINT"]["LABELS"]["value"] = list(JOINT_NAMES)
    content.add_parameter("POINT", "X_SCREEN", "+X")
    content.add_parameter("POINT", "Y_SCREEN", "+Y")
    points = np.ones((4, *positions.shape[1:]))
    points[:3] = positions
    content["data"]["points"] = points
    content["data"]["meta_points"]["residuals"] = np.where(seen, 0.0, -1.0)[None]
    with replacing(path) as partial:
        content.write(str(partial))
