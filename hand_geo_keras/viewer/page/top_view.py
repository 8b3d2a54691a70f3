"""Where a rig's cameras stand, seen from above."""

from collections.abc import Sequence

import numpy as np

from hand_geo_keras.geometry import Camera


class TopView:
    """Projects a rig's world onto the floor.

    No calibration says which way is up; people hold cameras upright, so the mean of the
    images' upward axes is. The first camera looks up the plan.

    Args:
        cameras: List of `Camera`.

    Example:
        ```python
        plan = TopView(rig.cameras)
        plan.place(camera.center), plan.direction(camera.R[2])
        ```
    """

    def __init__(self, cameras: Sequence[Camera]) -> None:
        up = -np.sum([camera.R[1] for camera in cameras], axis=0)
        if np.linalg.norm(up) < 1e-6:  # held in opposite ways
            up = -cameras[0].R[1]
        up = up / np.linalg.norm(up)
        ahead = cameras[0].R[2] - up * (up @ cameras[0].R[2])
        if np.linalg.norm(ahead) < 1e-6:  # it looks straight down
            ahead = np.cross(up, cameras[0].R[0])
        ahead = ahead / np.linalg.norm(ahead)
        self._axes = np.stack([np.cross(ahead, up), ahead])

    def place(self, point: np.ndarray) -> np.ndarray:
        """`[2]` (right, ahead) in mm of a world point `[3]`."""
        return self._axes @ np.asarray(point, np.float64)

    def direction(self, vector: np.ndarray) -> np.ndarray:
        """`[2]` unit vector, or zero if it points straight up or down."""
        flat = self.place(vector)
        length = np.linalg.norm(flat)
        return flat / length if length > 1e-6 else np.zeros(2)
