"""One predicted hand."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class HandPrediction:
    """The predicted hand of one image.

    Args:
        source: Name of the image or video.
        frame: 0-based frame index in the video, or position in the list of images.
        side: `"right"` or `"left"`.
        box: `[3]` float64 `(centre x, centre y, side)` in pixels.
        pixels: `[21, 2]` float64 joints in the image: where the model sees them, or,
            for models without named points, the 3D pose projected into the box.
        joints: `[21, 3]` float64 joints in mm relative to the wrist, in the real
            camera's axes (x right, y down, z forward).
        wrist: `[3]` float64 wrist in mm in the camera's frame, or None if the
            camera's intrinsics are unknown. Approximate, see `locate_hand`.
        score: Probability that there is a hand, or None if the model cannot tell.
        spread: `[21]` float64 uncertainty of `pixels` in pixels (std of
            the heatmaps), or None.
        track: Number of the hand, the same in all frames of a video.
        time: Time stamp of the frame in seconds, or None where there is none.
    """

    source: str
    frame: int
    side: str
    box: np.ndarray
    pixels: np.ndarray
    joints: np.ndarray
    wrist: np.ndarray | None
    score: float | None = None
    spread: np.ndarray | None = None
    track: int = 0
    time: float | None = None

    def __repr__(self) -> str:
        return f"{self.summary()} ({self.source or 'image'}, frame {self.frame})"

    def summary(self) -> str:
        """Side, score and place in the image, in one line."""
        score = "" if self.score is None else f", score {self.score:.2f}"
        x, y, side = (round(float(value)) for value in self.box)
        return f"{self.side} hand{score}, box {side} px at ({x}, {y})"

    @property
    def camera_joints(self) -> np.ndarray | None:
        """`[21, 3]` joints in mm in the camera's frame, or None."""
        return None if self.wrist is None else self.joints + self.wrist
