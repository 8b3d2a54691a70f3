"""Other virtual cameras for a stored crop: rolled, shifted, zoomed, mirrored."""

import dataclasses
from typing import Any

import cv2
import numpy as np

from hand_geo_keras.geometry import looking_along, roll_matrix

REACH = 1.15  # points further out, in halves of the crop, are not supervised


@dataclasses.dataclass(frozen=True)
class CropView:
    """How a crop is seen: the rotated, zoomed virtual camera.

    Attributes:
        rotation: `[3, 3]` from the stored virtual camera to the new one.
        focal: Focal length in pixels of the new crop.
        size: Side of the new crop in pixels.
    """

    rotation: np.ndarray
    focal: float
    size: int

    def warp(self, image: Any, stored_focal: Any) -> Any:
        """Resamples a stored crop `[S, S, C]`; beyond its edge it is reflected."""
        stored = _intrinsics(stored_focal, len(image))
        matrix = self.intrinsics @ self.rotation @ np.linalg.inv(stored)
        return cv2.warpPerspective(
            image,
            matrix,
            (self.size, self.size),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )

    @property
    def intrinsics(self) -> Any:
        """`[3, 3]` intrinsic matrix of the new crop."""
        return _intrinsics(self.focal, self.size)

    def points(self, joints: Any) -> Any:
        """The joints as named latent points.

        Args:
            joints: `[21, 3]` in the stored virtual camera, mm.

        Returns:
            `[21, 3]` float64: x and y in halves of the crop's side from its centre,
            and `z = (Z - Z_wrist) f / (Z_wrist h)` in the same unit (h: half the
            crop's side in pixels, f: focal length in pixels).
        """
        joints = joints @ self.rotation.T
        half = self.size / 2
        scale = self.focal / half
        xy = joints[:, :2] / joints[:, 2:] * scale
        z = (joints[:, 2:] / joints[0, 2] - 1) * scale
        return np.concatenate([xy, z], axis=1)


@dataclasses.dataclass(frozen=True)
class ViewJitter:
    """Ranges of random crop views.

    Args:
        roll_degrees: Largest in-plane rotation of most crops, added to the stored
            crops' own.
        any_roll: Fraction of crops with a uniformly random in-plane rotation.
        shift: Std of the shift in halves of the crop's side.
        zoom: Std of the logarithm of the zoom.
    """

    roll_degrees: float = 20.0
    any_roll: float = 0.3
    shift: float = 0.10
    zoom: float = 0.13

    def sample(self, rng: np.random.Generator, focal: Any, size: int) -> Any:
        """Samples a `CropView` of a stored crop of focal length `focal`."""
        if rng.random() < self.any_roll:
            roll = rng.uniform(-np.pi, np.pi)
        else:
            roll = np.radians(rng.uniform(-1, 1) * self.roll_degrees)
        shift = np.clip(rng.normal(0, self.shift, 2), -0.4, 0.4)
        zoom = np.exp(np.clip(rng.normal(-0.02, self.zoom), -0.45, 0.45))
        return crop_view(focal, size, roll, shift, zoom)


def crop_view(
    focal: Any, size: int, roll: float = 0.0, shift: Any = (0.0, 0.0), zoom: float = 1.0
) -> CropView:
    """The virtual camera after a shift of the box, a roll and a zoom.

    Args:
        focal: Focal length of the stored crop in pixels.
        size: Side of the crop in pixels.
        roll: Clockwise rotation of the image in radians.
        shift: `[2]` shift of the box's centre in halves of the crop's side.
        zoom: Factor on the size of what the crop shows.
    """
    ray = np.array([*(np.asarray(shift) * size / 2), focal])
    rotation = roll_matrix(np.float64(roll)) @ looking_along(ray)
    distance = np.linalg.norm(ray) / focal
    return CropView(rotation, focal * distance * zoom, size)


def _intrinsics(focal, size):
    centre = (size - 1) / 2
    return np.array([[focal, 0, centre], [0, focal, centre], [0, 0, 1.0]])
