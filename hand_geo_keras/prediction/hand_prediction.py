"""One predicted hand."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class HandPrediction:
    """The predicted hand of one picture.

    Args:
        source: Name of the image or video.
        frame: 0-based frame index in the video, or position in the list of images.
        side: `"right"` or `"left"`.
        box: `[3]` float64 `(centre x, centre y, side)` in pixels.
        pixels: `[21, 2]` float64 joints in the picture. They follow from the 3D pose
            and the box, not from a 2D detector.
        joints: `[21, 3]` float64 joints in mm relative to the wrist, in the real
            camera's axes (x right, y down, z forward).
        wrist: `[3]` float64 wrist in mm in the camera's frame, or None if the
            camera's intrinsics are unknown. Approximate, see `locate_hand`.
    """

    source: str
    frame: int
    side: str
    box: np.ndarray
    pixels: np.ndarray
    joints: np.ndarray
    wrist: np.ndarray | None

    @property
    def camera_joints(self):
        """`[21, 3]` joints in mm in the camera's frame, or None."""
        return None if self.wrist is None else self.joints + self.wrist
