"""What calibrating with a board results in."""

import dataclasses
import itertools

import numpy as np

from hand_geo_keras.calibration.board import Board
from hand_geo_keras.geometry import Camera

# Cells into which an image is divided to tell how much of it the board has covered.
_CELLS = 8, 6


@dataclasses.dataclass(frozen=True)
class CameraFit:
    """How one calibrated camera fits its views of the board.

    Args:
        camera: `Camera`.
        path: Its video or folder of images.
        num_frames: Frames searched.
        num_seen: Frames that show the board.
        num_used: Frames calibrated with.
        pixels: `[N, 2]` corners that were used.
        errors: `[N, 2]` projected minus seen pixels of those.
        lens_std: `[9]` standard errors of `fx, fy, cx, cy, k1, k2, p1, p2, k3`.
        center_std: Standard error of its place in mm.
        example: `[H, W]` uint8 grey image with the board.
    """

    camera: Camera
    path: object
    num_frames: int
    num_seen: int
    num_used: int
    pixels: np.ndarray
    errors: np.ndarray
    lens_std: np.ndarray
    center_std: float
    example: np.ndarray

    @property
    def rms_px(self) -> float:
        """Root mean square of the corners' reprojection errors in pixels."""
        return float(np.sqrt((self.errors**2).sum(1).mean()))

    @property
    def median_px(self) -> float:
        """Median of the corners' reprojection errors in pixels."""
        return float(np.median(np.linalg.norm(self.errors, axis=1)))

    @property
    def coverage(self) -> float:
        """Fraction of an 8 x 6 grid over the image that has corners in it."""
        cells = (self.pixels / self.camera.resolution * _CELLS).astype(int)
        cells = np.clip(cells, 0, np.array(_CELLS) - 1)
        return len(np.unique(cells, axis=0)) / np.prod(_CELLS)

    @property
    def field_of_view(self) -> float:
        """Horizontal field of view in degrees, without lens distortion."""
        width = self.camera.resolution[0]
        return float(np.degrees(2 * np.arctan(width / 2 / self.camera.K[0, 0])))


@dataclasses.dataclass(frozen=True)
class BoardCalibration:
    """Cameras calibrated with a board.

    Args:
        board: `Board`.
        fits: tuple of `CameraFit`; the first camera's frame is the world.
        offsets: dict from camera name to frame offset: instant `i` is the camera's
            frame `i + offset`.
        remainders: dict from camera name to the part of a frame that is left of it, or
            None if offsets were not estimated.
        fps: Frames per second of the videos, None for images.
        boards: `(R [M, 3, 3], t [M, 3])` of the boards used, board to world, in mm.
        dropped: dict from `(camera name, reason)` to a count.
        warnings: tuple of sentences, each with its remedy.
    """

    board: Board
    fits: tuple
    offsets: dict
    remainders: dict | None
    fps: float | None
    boards: tuple
    dropped: dict
    warnings: tuple

    @property
    def cameras(self) -> tuple:
        """The `Camera` objects."""
        return tuple(fit.camera for fit in self.fits)

    @property
    def rms_px(self) -> float:
        """Root mean square of all corners' reprojection errors in pixels."""
        errors = np.concatenate([fit.errors for fit in self.fits])
        return float(np.sqrt((errors**2).sum(1).mean()))

    @property
    def distances_mm(self) -> dict:
        """dict from pair of camera names to the distance of their lenses in mm."""
        return {
            (a.name, b.name): float(np.linalg.norm(a.center - b.center))
            for a, b in itertools.combinations(self.cameras, 2)
        }

    def text(self) -> str:
        """A summary for the terminal, one line per camera and pair."""
        lines = [
            f"{fit.camera.name}: {fit.rms_px:.2f} px RMS in {fit.num_used} views, "
            f"focal length {fit.camera.K[0, 0]:.1f} ± {fit.lens_std[0]:.1f} px, "
            f"{fit.coverage:.0%} of the image covered"
            for fit in self.fits
        ]
        lines += [
            f"{a} to {b}: {distance:.1f} mm"
            for (a, b), distance in self.distances_mm.items()
        ]
        if any(self.offsets.values()):
            listed = ", ".join(f"{name} {n}" for name, n in self.offsets.items())
            lines.append(f"frame offsets of the board's videos: {listed}")
        lines += [
            f"dropped in {name}: {count} {reason}"
            for (name, reason), count in self.dropped.items()
        ]
        return "\n".join([*lines, *(f"WARNING: {text}" for text in self.warnings)])
