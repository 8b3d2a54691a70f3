"""An image of many crops, to judge the dome at a glance.

python -m hand_geo_keras.synthetic.contact_sheet --output=sheet.png
"""

from typing import Any

import numpy as np

from hand_geo_keras.geometry.boxes import square_box
from hand_geo_keras.geometry.cameras import Camera
from hand_geo_keras.geometry.virtual_camera import virtual_camera, warp_crop
from hand_geo_keras.synthetic.cameras import SPREAD_CAMERAS, dome_cameras
from hand_geo_keras.synthetic.sequence import SyntheticSequence
from hand_geo_keras.synthetic.timeline import FrameKind, frames_of_kind
from hand_geo_keras.synthetic.variants import SequenceSpec

_MARGIN = 0.5


def contact_sheet(
    num_subjects: int = 8,
    num_views: int = 6,
    seed: int = 0,
    size: int = 160,
    instant: int = 3,
) -> np.ndarray:
    """Renders one instant of several subjects from several views.

    Args:
        num_subjects: Rows.
        num_views: Columns, up to 12.
        seed: Seed of the dome.
        size: Side of a crop in pixels.
        instant: Which of the good instants is shown.

    Returns:
        `[rows * size, columns * size, 3]` uint8 RGB.
    """
    cameras = SPREAD_CAMERAS[:num_views]
    rows = []
    for subject in range(num_subjects):
        spec = SequenceSpec(subject, "train", instant + 1, cameras)
        sequence = SyntheticSequence(spec, seed)
        frame = frames_of_kind(sequence.timeline, FrameKind.GOOD)[instant]
        joints = sequence.hand(frame).joints  # type: ignore[union-attr]
        crops = [
            hand_crop(image, dome_cameras()[index], joints, size)
            for index, image in sequence.images(frame, cameras)
        ]
        rows.append(np.hstack(crops))
    return np.vstack(rows)


def hand_crop(image: np.ndarray, camera: Camera, joints: np.ndarray, size: int) -> Any:
    """Virtual-camera crop `[size, size, 3]` around projected joints `[21, 3]` (mm)."""
    box = square_box(camera.project(joints), _MARGIN)
    return warp_crop(image, camera, virtual_camera(camera, box, size))
