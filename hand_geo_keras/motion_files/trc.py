"""TRC, the text format of marker positions that OpenSim reads."""

from pathlib import Path

import numpy as np

from hand_geo_keras.geometry.skeleton import JOINT_NAMES, NUM_JOINTS
from hand_geo_keras.io import write_text
from hand_geo_keras.motion_files.hand_motion import HandMotion


def write_trc(path: Path, motion: HandMotion) -> None:
    """Writes a hand's joints as markers.

    Millimetres; y up (x right, z towards the camera) unless the frame is a rig's world,
    which is written unchanged. Frames count from 1 and are `1 / fps` s apart; markers
    of frames without the hand are empty, as OpenSim expects.

    Args:
        path: `pathlib.Path` of the file.
        motion: `HandMotion`.

    Raises:
        StorageError: If the file cannot be written.

    Reference:
        OpenSim documentation, "Marker (.trc) Files".
    """
    motion = motion.at_constant_rate()
    rate, count = f"{motion.fps:.6g}", len(motion.frames)
    axes = [f"{axis}{n}" for n in range(1, NUM_JOINTS + 1) for axis in "XYZ"]
    lines = [
        ["PathFileType", "4", "(X/Y/Z)", path.name],
        [
            *("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units"),
            *("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"),
        ],
        [rate, rate, str(count), str(NUM_JOINTS), "mm", rate, "1", str(count)],
        ["Frame#", "Time", *(cell for name in JOINT_NAMES for cell in (name, "", ""))],
        ["", "", *axes],
        [],
    ]
    for frame, (time, joints) in enumerate(zip(motion.times, motion.y_up()), 1):
        cells = ["" if np.isnan(v) else f"{v:.4f}" for v in joints.ravel()]
        lines.append([str(frame), f"{time:.6f}", *cells])
    write_text(path, "".join("\t".join(line) + "\n" for line in lines))
