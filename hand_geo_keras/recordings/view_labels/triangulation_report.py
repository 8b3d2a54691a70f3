"""What came of triangulating 2D labels."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class TriangulationReport:
    """Counts and errors of `triangulate_labels`.

    Args:
        frames: Instants that got a 3D hand.
        frames_without_hand: Labelled instants in which no joint could be
            triangulated.
        joints: Triangulated joints.
        too_few_views: Joints labelled in a single view.
        rejected_views: Labels of single views that contradicted the others.
        rejected_joints: Joints whose views contradict each other.
        behind_cameras: Joints whose views agree on a point behind a camera.
        error_px: Median reprojection error of the accepted joints in pixels.
        error_px_95: Their 95th percentile.
        error_px_of_camera: dict from camera name to its median.
    """

    frames: int
    frames_without_hand: int
    joints: int
    too_few_views: int
    rejected_views: int
    rejected_joints: int
    behind_cameras: int
    error_px: float
    error_px_95: float
    error_px_of_camera: dict[str, float]

    @property
    def rejected_fraction(self) -> Any:
        """Fraction of the joints seen twice that could not be used."""
        rejected = self.rejected_joints + self.behind_cameras
        return rejected / max(rejected + self.joints, 1)

    def text(self) -> str:
        """The report in a few lines."""
        cameras = ", ".join(
            f"{name} {error:.2f}" for name, error in self.error_px_of_camera.items()
        )
        return (
            f"{self.frames} frames with a 3D hand, {self.frames_without_hand} without\n"
            f"{self.joints} joints; {self.rejected_joints} rejected, "
            f"{self.behind_cameras} behind a camera, "
            f"{self.rejected_views} single views rejected, "
            f"{self.too_few_views} seen by one view only\n"
            f"reprojection error {self.error_px:.2f} px median, "
            f"{self.error_px_95:.2f} px in 95 % (medians: {cameras})"
        )
